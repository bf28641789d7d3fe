import NIOCore

/// Runs tasks on one event loop, so that a generation, its connection and its socket share a thread.
///
/// What the engine makes then reaches the socket without a hop: event loops are serial executors only, a preference for
/// tasks needs this little bridge.
final class LoopTaskExecutor: TaskExecutor {
    private let loop: any EventLoop

    init(_ loop: any EventLoop) { self.loop = loop }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        loop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
