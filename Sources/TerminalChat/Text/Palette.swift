/// Whether styles are shown at all. If not, no escape sequence is ever written.
struct Palette: Hashable, Sendable {
    var isOn: Bool

    static let plain = Palette(isOn: false)
    static let full = Palette(isOn: true)

    /// The sequence that changes how the text after it looks.
    func change(from old: Style, to new: Style) -> String { isOn && old != new ? new.sequence : "" }

    func styled(_ text: String, _ style: Style) -> String {
        change(from: .plain, to: style) + text + change(from: style, to: .plain)
    }
}
