import ArgumentParser

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Why the program could not do its work: one sentence, its way out, and an exit code of its own.
///
/// The codes are a contract for scripts; wrong flags end with 64, as the argument parser does.
struct Failure: Error {
    var message: String
    var wayOut: String
    var code: Int32

    static func portInUse(_ host: String, _ port: Int) -> Failure {
        Failure(
            message: "port \(port) on \(host) is in use",
            wayOut: "Choose another with --port, or stop what listens there.", code: 69)
    }

    static func cannotListen(_ host: String, _ port: Int, _ reason: String) -> Failure {
        Failure(
            message: "cannot listen on \(host):\(port): \(reason)", wayOut: "Choose another address with --host and --port.",
            code: 71)
    }

    static func engineDown(_ url: String, _ reason: String) -> Failure {
        Failure(
            message: "the engine at \(url) does not answer: \(reason)",
            wayOut: "Start the engine, correct --engine, or add --wait-for-engine to serve until it comes up.", code: 70)
    }

    static func openToEverybody(_ host: String) -> Failure {
        Failure(
            message: "refusing to listen on \(host) without a key: everybody on the network could use the engine",
            wayOut: "Add --api-key KEY, or listen on 127.0.0.1.", code: 78)
    }

    static func badSetting(_ message: String, _ wayOut: String) -> Failure {
        Failure(message: message, wayOut: wayOut, code: 64)
    }

    /// Prints the sentence and its way out to standard error, and ends the program.
    func exit() -> Never {
        Standard.error("error: \(message)\n  \(wayOut)\n")
        Darwin_or_Glibc_exit(code)
    }
}

private func Darwin_or_Glibc_exit(_ code: Int32) -> Never { exit(code) }

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
