/// A Swift file taken apart into code, comments and string literals, by a scan that knows no more of the language.
///
/// It knows line and block comments, strings of one and of many lines, raw strings and interpolation. It does not know
/// regex literals: one that holds a quotation mark would mislead it.
struct SwiftText: Sendable {
    /// The code of each line. A string literal is left as `""`; comments are gone.
    let code: [String]
    /// Comments; those on consecutive lines without code between them are one passage.
    let comments: [Passage]
    /// The texts of string literals. Escapes and interpolations are blanks.
    let literals: [Passage]

    init(_ source: String) {
        var scan = Scan(source)
        scan.readCode(untilParenthesis: false)
        let code = scan.code.map { String(decoding: $0, as: UTF8.self) }
        self.code = code
        literals = scan.literals
        var comments: [Passage] = []
        var isLastAlone = false
        for comment in scan.comments {
            let isAlone = code[comment.line - 1].allSatisfy(\.isWhitespace)
            let goesOn = isAlone && isLastAlone && comments.last?.lastLine == comment.line - 1
            if goesOn || comment.isContinued {
                comments[comments.count - 1].append(comment.text, line: comment.line)
            } else {
                comments.append(Passage(comment.text, line: comment.line))
            }
            isLastAlone = isAlone
        }
        self.comments = comments
    }
}

private struct Scan {
    private let bytes: [UInt8]
    private var index = 0
    private(set) var code: [[UInt8]] = [[]]
    /// One line of comment each; `isContinued`: of a block comment that began on a line before.
    private(set) var comments: [(line: Int, text: String, isContinued: Bool)] = []
    private(set) var literals: [Passage] = []

    init(_ source: String) { bytes = Array(source.utf8) }

    private var line: Int { code.count }

    private func isNext(_ text: StaticString) -> Bool {
        text.withUTF8Buffer { bytes[index...].starts(with: $0) }
    }

    private mutating func endLine() { code.append([]) }

    mutating func readCode(untilParenthesis isInterpolation: Bool) {
        var depth = 0
        while index < bytes.count {
            if isNext("//") {
                readLineComment()
            } else if isNext("/*") {
                readBlockComment()
            } else if let hashes = hashesBeforeQuote() {
                readString(hashes)
            } else {
                let byte = bytes[index]
                index += 1
                if byte == UInt8(ascii: "(") { depth += 1 }
                if byte == UInt8(ascii: ")") {
                    if isInterpolation, depth == 0 { return }
                    depth -= 1
                }
                if byte == UInt8(ascii: "\n") { endLine() } else { code[line - 1].append(byte) }
            }
        }
    }

    // MARK: Comments

    private mutating func readLineComment() {
        let start = index
        while index < bytes.count, bytes[index] != UInt8(ascii: "\n") { index += 1 }
        let text = bytes[start..<index].drop { $0 == UInt8(ascii: "/") }
        addComment(text, isContinued: false)
    }

    private mutating func readBlockComment() {
        var depth = 0
        var isContinued = false
        var text: [UInt8] = []
        repeat {
            if isNext("/*") || isNext("*/") {
                depth += isNext("/*") ? 1 : -1
                index += 2
                continue
            }
            if bytes[index] == UInt8(ascii: "\n") {
                addComment(text[...], isContinued: isContinued)
                endLine()
                text = []
                isContinued = true
            } else {
                text.append(bytes[index])
            }
            index += 1
        } while depth > 0 && index < bytes.count
        addComment(text[...], isContinued: isContinued)
    }

    private mutating func addComment(_ text: ArraySlice<UInt8>, isContinued: Bool) {
        let words = String(decoding: text, as: UTF8.self).split(separator: " ")
        comments.append((line, words.joined(separator: " "), isContinued))
    }

    // MARK: Strings

    /// How many `#` stand here before a quotation mark; nil when no string begins here.
    private func hashesBeforeQuote() -> Int? {
        var end = index
        while end < bytes.count, bytes[end] == UInt8(ascii: "#") { end += 1 }
        return end < bytes.count && bytes[end] == UInt8(ascii: "\"") ? end - index : nil
    }

    private func isNext(_ byte: UInt8, count: Int, at start: Int) -> Bool {
        start + count <= bytes.count && bytes[start..<start + count].allSatisfy { $0 == byte }
    }

    private mutating func readString(_ hashes: Int) {
        let quote = UInt8(ascii: "\"")
        index += hashes
        let isMultiline = isNext(quote, count: 3, at: index)
        let quotes = isMultiline ? 3 : 1
        index += quotes
        code[line - 1] += [quote, quote]
        var literal = Passage()
        var text: [UInt8] = []
        while index < bytes.count {
            if isNext(quote, count: quotes, at: index), isNext(UInt8(ascii: "#"), count: hashes, at: index + quotes) {
                index += quotes + hashes
                break
            }
            let byte = bytes[index]
            index += 1
            if byte == UInt8(ascii: "\\"), isNext(UInt8(ascii: "#"), count: hashes, at: index) {
                index += hashes
                text.append(UInt8(ascii: " "))
                guard index < bytes.count else { break }
                let escaped = bytes[index]
                index += 1
                if escaped == UInt8(ascii: "(") { readCode(untilParenthesis: true) }
                if escaped == UInt8(ascii: "\n") { endLine() }
            } else if byte == UInt8(ascii: "\n") {
                literal.append(String(decoding: text, as: UTF8.self), line: line)
                text = []
                endLine()
                // Not a string, whatever it was.
                guard isMultiline else { break }
            } else {
                text.append(byte)
            }
        }
        literal.append(String(decoding: text, as: UTF8.self), line: line)
        literals.append(literal)
    }
}
