import LibC

/// Standard output and error, written without a buffer of our own.
package enum StandardStream: Sendable {
    case output, error

    /// - Returns: the number of the error when not all could be written. Nil as well for a reader that went away, as
    ///   `head` does.
    @discardableResult
    package func write(_ text: String) -> Int32? {
        let descriptor = self == .output ? STDOUT_FILENO : STDERR_FILENO
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
            // A reader that went away is no reason to stop.
            guard count > 0 else { return errno == EPIPE ? nil : errno }
            bytes = bytes.dropFirst(count)
        }
        return nil
    }

    /// What to say of an error of `write` to standard output, without a full stop.
    package static func cannotWrite(_ code: Int32) -> String {
        "standard output cannot be written: \(String(cString: strerror(code)))"
    }
}

// Within the type `write` is its own.
private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
    write(descriptor, bytes, count)
}
