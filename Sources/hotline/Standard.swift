import TerminalChat

/// Standard output and error, for what the program itself has to say.
enum Standard {
    /// - Returns: the error's number when not all could be written; nil as well for a reader that went away, as `head` does.
    @discardableResult
    static func output(_ text: String) -> Int32? { StandardStream.output.write(text) }

    /// The same for a command whose work is what it prints.
    ///
    /// - Throws: `Failure` when not all could be written.
    static func print(_ text: String) throws(Failure) {
        if let code = output(text) { throw Failure(message: cannotWrite(code), wayOut: "Send it elsewhere.", code: 74) }
    }

    static func error(_ text: String) { StandardStream.error.write(text) }
    static func cannotWrite(_ code: Int32) -> String { StandardStream.cannotWrite(code) }
}
