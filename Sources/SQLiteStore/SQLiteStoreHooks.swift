import LibC

/// What tests put in the place of time and of the disk.
package struct SQLiteStoreHooks: Sendable {
    /// Unix time in whole seconds.
    package var now: @Sendable () -> Int = { time(nil) }
    /// Between two looks of `run` at what is to do.
    package var sleep: @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0, clock: .continuous) }
    /// On the writer's thread, before each commit; an error undoes the transaction.
    package var beforeCommit: @Sendable () throws -> Void = {}

    package init() {}
}
