/// Bounds what a person waits for.
enum TimeLimit {
    struct Exceeded: Error {}

    /// What `body` returns, if it does within `time`; it is cancelled then.
    static func run<R: Sendable>(_ time: Duration, _ body: @escaping @Sendable () async throws -> R) async throws -> R {
        try await withThrowingTaskGroup(of: R.self) { tasks in
            tasks.addTask { try await body() }
            tasks.addTask {
                try await Task.sleep(for: time)
                throw Exceeded()
            }
            defer { tasks.cancelAll() }
            guard let first = try await tasks.next() else { throw Exceeded() }
            return first
        }
    }
}
