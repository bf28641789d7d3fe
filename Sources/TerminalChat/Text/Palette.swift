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
