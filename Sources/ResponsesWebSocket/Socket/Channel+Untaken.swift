import LibC
import NIOCore

extension Channel {
    /// How many bytes that were given to this connection its peer has not acknowledged: those that wait here and those that
    /// the kernel holds, as far as the channel can say. On its event loop.
    package var untakenBytes: Int {
        let waiting = (try? syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
        let sent = try? pipeline.syncOperations.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) { descriptor in
            Self.unacknowledged(descriptor)
        }
        return waiting + (sent ?? 0)
    }

    private static func unacknowledged(_ descriptor: CInt) -> Int {
        var count: CInt = 0
        #if canImport(Darwin)
        var size = socklen_t(MemoryLayout<CInt>.size)
        guard getsockopt(descriptor, SOL_SOCKET, SO_NWRITE, &count, &size) == 0 else { return 0 }
        #else
        // TIOCOUTQ, which the headers of Linux also call SIOCOUTQ: sent and not acknowledged, or not sent yet.
        guard ioctl(descriptor, UInt(TIOCOUTQ), &count) == 0 else { return 0 }
        #endif
        return Int(count)
    }
}
