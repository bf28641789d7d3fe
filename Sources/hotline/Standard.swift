#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Standard output and error without buffering of our own.
enum Standard {
    /// - Returns: the error's number where not all could be written; nil as well for a reader that went away, as `head` does.
    @discardableResult
    static func output(_ text: String) -> Int32? { write(text, to: STDOUT_FILENO) }
    static func error(_ text: String) { _ = write(text, to: STDERR_FILENO) }

    private static func write(_ text: String, to descriptor: Int32) -> Int32? {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { systemWrite(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            if count < 0, errno == EAGAIN {
                // Another program made the terminal or pipe that we share non-blocking.
                var wait = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                _ = poll(&wait, 1, -1)
                continue
            }
            // A reader that went away is no reason to stop serving.
            guard count > 0 else { return errno == EPIPE ? nil : errno }
            bytes = bytes.dropFirst(count)
        }
        return nil
    }

    static func cannotWrite(_ code: Int32) -> String { "standard output cannot be written: \(String(cString: strerror(code)))" }
}

private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
    write(descriptor, bytes, count)
}
