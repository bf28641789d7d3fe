import ResponsesCore

extension ServerServices {
    /// Forgets, now and then, conversations that were not used for too long; returns when its task is cancelled.
    func forgetOldPrefixes() async {
        guard let prefixes else { return }
        // What is remembered for minutes may stay a little longer.
        while (try? await Task.sleep(for: max(.seconds(1), limits.prefixMemoryTime / 20))) != nil {
            prefixes.expire(at: ConnectionDriver.now().uptime)
        }
    }
}
