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

    fileprivate var sequence: String {
        var codes = ["0"]
        if isBold { codes.append("1") }
        if isDim { codes.append("2") }
        if let colour { codes.append(String(colour.rawValue)) }
        return "\u{1B}[\(codes.joined(separator: ";"))m"
    }
}

/// Whether looks are shown at all. Without, no escape sequence is ever written.
struct Palette: Hashable, Sendable {
    var isOn: Bool

    static let plain = Palette(isOn: false)
    static let full = Palette(isOn: true)

    /// What a terminal is told where the look changes.
    func change(from old: Style, to new: Style) -> String { isOn && old != new ? new.sequence : "" }

    func styled(_ text: String, _ style: Style) -> String {
        change(from: .plain, to: style) + text + change(from: style, to: .plain)
    }
}
