import Logging

/// One line of a log as bytes, with its newline.
///
/// Whatever the texts hold, it stays one line and cannot act on a terminal: control characters, line separators and
/// invisible format characters (which reorder text) are written as `\n`, `\t` or `\uXXXX` in both formats.
struct LogLine: Sendable {
    /// A metadata value: a number, a truth value or a text.
    enum Value: Sendable, Hashable {
        /// Digits, as JSON spells numbers, or `true` and `false`.
        case literal(String)
        case text(String)
    }

    var time: Timestamp
    var level: Logger.Level
    var message: String
    var logger: String
    /// In the order in which they are written.
    var fields: [(name: String, value: Value)] = []

    /// A text longer than this, in bytes of UTF-8, is cut: one value must not fill the buffer.
    static let textMax = 4096

    func bytes(_ format: LogFormat) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(256)
        switch format {
        case .text: writeText(to: &bytes)
        case .json: writeJSON(to: &bytes)
        }
        bytes.append(UInt8(ascii: "\n"))
        return bytes
    }

    // MARK: Text

    private func writeText(to bytes: inout [UInt8]) {
        time.append(to: &bytes)
        bytes.append(UInt8(ascii: " "))
        bytes.append(contentsOf: level.rawValue.utf8)
        bytes.append(UInt8(ascii: " "))
        Self.escape(message, quotes: false, to: &bytes)
        for (name, value) in fields {
            bytes.append(UInt8(ascii: " "))
            bytes.append(contentsOf: name.utf8)
            bytes.append(UInt8(ascii: "="))
            switch value {
            case .literal(let text): bytes.append(contentsOf: text.utf8)
            case .text(let text) where Self.isBare(text): bytes.append(contentsOf: text.utf8)
            case .text(let text): Self.quote(text, to: &bytes)
            }
        }
    }

    /// Whether a value can stand without quotes.
    private static func isBare(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= textMax
            && text.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "=") && $0 != UInt8(ascii: "\\") }
    }

    // MARK: JSON

    private func writeJSON(to bytes: inout [UInt8]) {
        bytes.append(contentsOf: #"{"time":""#.utf8)
        time.append(to: &bytes)
        bytes.append(contentsOf: #"","level":""#.utf8)
        bytes.append(contentsOf: level.rawValue.utf8)
        bytes.append(contentsOf: #"","message":"#.utf8)
        Self.quote(message, to: &bytes)
        bytes.append(contentsOf: #","logger":"#.utf8)
        Self.quote(logger, to: &bytes)
        for (name, value) in fields {
            bytes.append(UInt8(ascii: ","))
            Self.quote(name, to: &bytes)
            bytes.append(UInt8(ascii: ":"))
            switch value {
            case .literal(let text): bytes.append(contentsOf: text.utf8)
            case .text(let text): Self.quote(text, to: &bytes)
            }
        }
        bytes.append(UInt8(ascii: "}"))
    }

    // MARK: Texts

    private static func quote(_ text: String, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        escape(text, quotes: true, to: &bytes)
        bytes.append(UInt8(ascii: "\""))
    }

    /// Appends `text` in one line. With `quotes` it can stand between quotes, of JSON too.
    private static func escape(_ text: String, quotes: Bool, to bytes: inout [UInt8]) {
        var length = 0
        for scalar in text.unicodeScalars {
            let width = UTF8.width(scalar)
            length += width
            guard length <= textMax else {
                bytes.append(contentsOf: "…".utf8)
                return
            }
            switch scalar {
            case "\"" where quotes, "\\" where quotes:
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(UInt8(scalar.value))
            case "\n": bytes.append(contentsOf: #"\n"#.utf8)
            case "\r": bytes.append(contentsOf: #"\r"#.utf8)
            case "\t": bytes.append(contentsOf: #"\t"#.utf8)
            case " "..."~": bytes.append(UInt8(scalar.value))
            default:
                if isVisible(scalar) {
                    bytes.append(contentsOf: UTF8.encode(scalar).unsafelyUnwrapped)
                } else {
                    for unit in String(Character(scalar)).utf16 { appendEscape(unit, to: &bytes) }
                }
            }
        }
    }

    private static func isVisible(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: false
        default: true
        }
    }

    private static func appendEscape(_ unit: UInt16, to bytes: inout [UInt8]) {
        let digits: StaticString = "0123456789abcdef"
        bytes.append(contentsOf: #"\u"#.utf8)
        for shift in [12, 8, 4, 0] { bytes.append(digits.utf8Start[Int(unit >> UInt16(shift)) & 15]) }
    }
}
