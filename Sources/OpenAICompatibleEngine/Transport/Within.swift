/// Runs `body` for at most `time`; nil when it took longer, and it is cancelled then.
///
/// AsyncHTTPClient's own deadline ends with the head of the answer.
func within<R: Sendable>(_ time: Duration, _ body: @escaping @Sendable () async -> R) async -> R? {
    await withTaskGroup(of: R?.self) { group in
        group.addTask { await body() }
        group.addTask {
            try? await Task.sleep(for: time)
            return nil
        }
        let first = await group.next() ?? nil
        group.cancelAll()
        return first
    }
}
