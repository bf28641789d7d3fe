import NIOCore

extension NIOIsolatedEventLoop {
    /// Runs `task` late in this tick: behind the tasks that wait now, and behind what these add in turn, twice over.
    ///
    /// For flushes. What a read sets off comes in such steps, as tasks that are woken by one another: a request to the
    /// engine after `response.created`, the last event after the last delta. A flush behind them lets one write take all of
    /// it. The loop goes through its tasks before it waits for sockets again, so nothing is held back while nothing comes.
    package func executeLateInTick(_ task: @escaping () -> Void) {
        execute { self.execute { self.execute(task) } }
    }
}
