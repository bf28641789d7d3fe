/// How text looks on a terminal.
struct Style: Hashable, Sendable {
    /// The sixteen colours of every terminal, by their number for the foreground (ECMA-48, 8.3.117).
    enum Colour: Int, Sendable { case red = 31, green = 32, yellow = 33, cyan = 36 }

    var isBold = false
    var isDim = false
    var colour: Colour?

    static let plain = Style()
    static let dim = Style(isDim: true)
    static let bold = Style(isBold: true)
    static func coloured(_ colour: Colour) -> Style { Style(colour: colour) }

    var sequence: String {
        var codes = ["0"]
        if isBold { codes.append("1") }
        if isDim { codes.append("2") }
        if let colour { codes.append(String(colour.rawValue)) }
        return "\u{1B}[\(codes.joined(separator: ";"))m"
    }
}
