import LibC

/// Why the program could not do its work: what is wrong, what to do about it, and the exit code.
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

    /// A value that was given somewhere and cannot be used.
    static func wrong(_ source: SettingSource, _ message: String, _ wayOut: String) -> Failure {
        Failure(message: "\(source): \(message)", wayOut: wayOut, code: source.code)
    }

    /// Prints the sentence and its way out to standard error, and ends the program.
    func exit() -> Never {
        Standard.error("error: \(message)\n  \(wayOut)\n")
        exitProcess(code)
    }
}

// Within the type `exit` is its own.
private func exitProcess(_ code: Int32) -> Never { exit(code) }
