import LibC

/// A thread for calls that block, such as line editing or writing to a pipe: threads of Swift's task pool must never wait.
package enum WorkerThread {
    private final class Body: Sendable {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    /// Starts a thread that runs `run` and ends with it. The caller makes `run` end, and learns of its end by its own means.
    ///
    /// - Parameter isDeaf: whether all signals are blocked on it. SIGPIPE is sent to the thread that wrote to a closed pipe, so
    ///   there it stays pending, whatever the process does with it elsewhere; signals for the whole process go to other
    ///   threads.
    /// - Returns: false when the system has no thread to spare.
    package static func start(isDeaf: Bool = false, _ run: @escaping @Sendable () -> Void) -> Bool {
        guard isDeaf else { return create(run) }
        // A new thread inherits the mask, so there is no moment at which a signal could come.
        var all = sigset_t()
        var before = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_BLOCK, &all, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        return create(run)
    }

    private static func create(_ run: @escaping @Sendable () -> Void) -> Bool {
        let body = Unmanaged.passRetained(Body(run))
        #if canImport(Darwin)
        var thread: pthread_t?
        let status = pthread_create(&thread, nil, { argument in
            Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run()
            return nil
        }, body.toOpaque())
        guard status == 0, let thread else {
            body.release()
            return false
        }
        #else
        var thread = pthread_t()
        let status = pthread_create(&thread, nil, { argument in
            if let argument { Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run() }
            return nil
        }, body.toOpaque())
        guard status == 0 else {
            body.release()
            return false
        }
        #endif
        pthread_detach(thread)
        return true
    }
}
