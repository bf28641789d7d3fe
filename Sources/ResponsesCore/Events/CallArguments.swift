import ResponsesAPI

/// Whether a function's arguments are one whole JSON object by now: each byte is looked at once, however often that is asked.
///
/// Brackets are counted, strings passed over. Only where the count comes back to nothing the text can be whole, and is parsed;
/// whatever but space comes behind that makes it no JSON for good.
struct CallArguments: Sendable {
    private enum State: Sendable {
        /// Nothing yet but space. Next: `within`, `broken`.
        case before
        /// Next: `closed`, `broken`.
        case within
        /// The last bracket is closed. Next: `whole`, `broken`.
        case closed
        /// Parsed as well. Next: `broken`.
        case whole
        /// No JSON, whatever comes. Final.
        case broken
    }

    private var state = State.before
    /// How many bytes were looked at.
    private var place = 0
    private var depth = 0
    private var isInString = false
    /// In a string of the arguments, behind a backslash.
    private var isEscaped = false
    /// Bytes still to come of an escape of the response's own: the letter behind the backslash, and the digits behind `u`.
    private var escapeBytesLeft = 0

    /// - Parameter escaped: all of the arguments so far, as they stand in the response.
    mutating func areWhole(_ escaped: [UInt8]) -> Bool {
        while place < escaped.count {
            if case .broken = state { return false }
            look(at: escaped[place])
            place += 1
        }
        if case .closed = state {
            state = (try? RawJSON(parsing: JSONText(escapedSlice: escaped[...]).string)) == nil ? .broken : .whole
        }
        return if case .whole = state { true } else { false }
    }

    /// Finds out which character of the arguments a byte is, or the end of. Escapes of other letters than quote and backslash,
    /// and those by digits, stand for control characters, which are space or wrong.
    private mutating func look(at byte: UInt8) {
        let space = UInt8(ascii: " ")
        switch (escapeBytesLeft, byte) {
        case (0, UInt8(ascii: "\\")): escapeBytesLeft = 1
        case (0, _): read(byte)
        case (1, UInt8(ascii: "u")): escapeBytesLeft = 5
        case (1, UInt8(ascii: "\"")), (1, UInt8(ascii: "\\")):
            escapeBytesLeft = 0
            read(byte)
        case (1, _), (2, _):
            escapeBytesLeft = 0
            read(space)
        default: escapeBytesLeft -= 1
        }
    }

    /// A character of the arguments, or a byte of one.
    private mutating func read(_ byte: UInt8) {
        if isInString {
            if isEscaped {
                isEscaped = false
            } else if byte == UInt8(ascii: "\\") {
                isEscaped = true
            } else if byte == UInt8(ascii: "\"") {
                isInString = false
            }
            return
        }
        switch (state, byte) {
        case (_, UInt8(ascii: " ")): break
        case (.before, UInt8(ascii: "{")):
            state = .within
            depth = 1
        case (.within, UInt8(ascii: "\"")): isInString = true
        case (.within, UInt8(ascii: "{")), (.within, UInt8(ascii: "[")): depth += 1
        case (.within, UInt8(ascii: "}")), (.within, UInt8(ascii: "]")):
            depth -= 1
            if depth == 0 { state = .closed }
        case (.within, _): break
        case (.before, _), (.closed, _), (.whole, _), (.broken, _): state = .broken
        }
    }
}
