/// Work that takes long, done on threads that drive no connection.
enum BesideLoop {
    /// Does `work` elsewhere; goes on where it was called. What comes of it for a connection is bounded by the turns that the
    /// connection may have.
    static func run<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async -> Value {
        await withTaskExecutorPreference(globalConcurrentExecutor) { await elsewhere(work) }
    }

    @concurrent
    private static func elsewhere<Value: Sendable>(_ work: @Sendable () -> Value) async -> Value { work() }
}
