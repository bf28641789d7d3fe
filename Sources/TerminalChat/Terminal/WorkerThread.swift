#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// A thread for calls that block, such as line editing: threads of Swift's task pool must never wait.
enum WorkerThread {
    private final class Body: Sendable {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    /// The caller makes `run` end, and learns of its end by its own means.
    ///
    /// - Returns: false when the system has no thread to spare.
    static func start(_ run: @escaping @Sendable () -> Void) -> Bool {
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
