/// Breaks text at words while it streams in.
///
/// A word is held until its end is known; nothing that was written is ever moved, so a resized terminal, or one that
/// counts a character differently, shows ragged lines, and nothing worse.
struct Wrapper: Sendable {
    /// Columns of the terminal; may change at any time.
    var width: Int
    var palette: Palette
    /// Spaces before the lines that this wrapper begins by itself.
    var indent = 0
    /// Columns written on the current line.
    private(set) var column = 0

    private var word: [(scalar: Unicode.Scalar, style: Style)] = []
    private var wordWidth = 0
    private var spaces = 0
    private var style = Style.plain
    private var output = ""

    init(width: Int, palette: Palette) {
        self.width = width
        self.palette = palette
    }

    /// Whether the current line is empty, and nothing is held for it.
    var isAtLineStart: Bool { column == 0 && word.isEmpty && spaces == 0 }

    /// Takes what is ready for the terminal.
    mutating func take() -> String {
        defer { output = "" }
        return output
    }

    mutating func write(_ text: some StringProtocol, _ style: Style = .plain) {
        for scalar in text.unicodeScalars { write(scalar, style) }
    }

    mutating func write(_ scalar: Unicode.Scalar, _ style: Style) {
        switch scalar {
        case "\n": endLine()
        case " ":
            placeWord()
            spaces += 1
        case "\t":
            placeWord()
            spaces += 4 - (column + spaces) % 4
        default:
            let columns = DisplayWidth.of(scalar)
            if columns == 2 || wordEndsWide, !Self.staysWithTheWord(scalar), columns > 0 { placeWord() }
            if wordWidth + columns > max(width - indent, 1) { placeWord() }
            word.append((scalar, style))
            wordWidth += columns
        }
    }

    /// Writes without looking for words: code, whose lines the terminal may break as it likes.
    mutating func writeVerbatim(_ scalar: Unicode.Scalar, _ style: Style) {
        if scalar == "\n" { return endLine() }
        placeWord()
        placeSpaces()
        if scalar == "\t" {
            spaces = 4 - column % 4
            return placeSpaces()
        }
        emit(scalar, style)
        column += DisplayWidth.of(scalar)
    }

    /// Writes what is held, such as at the end of a message.
    mutating func flush() {
        placeWord()
        changeStyle(to: .plain)
    }

    mutating func endLine() {
        placeWord()
        spaces = 0
        changeStyle(to: .plain)
        output += "\n"
        column = 0
    }

    /// What follows begins on a new line.
    mutating func startLine() {
        flush()
        if column > 0 { endLine() }
        spaces = 0
    }

    private var wordEndsWide: Bool { word.last.map { DisplayWidth.isWide($0.scalar) } ?? false }

    /// East Asian closing marks do not begin a line.
    private static func staysWithTheWord(_ scalar: Unicode.Scalar) -> Bool {
        "、。，．：；！？）］｝」』】〉》”’ー".unicodeScalars.contains(scalar)
    }

    private mutating func placeWord() {
        guard !word.isEmpty else { return }
        if column > 0, column + spaces + wordWidth > width {
            changeStyle(to: .plain)
            output += "\n" + String(repeating: " ", count: indent)
            column = indent
            spaces = 0
        }
        // What a line begins with may leave no room for its first word.
        spaces = min(spaces, max(width - column - wordWidth, 0))
        if word[0].style != style { changeStyle(to: .plain) }
        placeSpaces()
        for (scalar, style) in word { emit(scalar, style) }
        column += wordWidth
        word.removeAll(keepingCapacity: true)
        wordWidth = 0
    }

    private mutating func placeSpaces() {
        guard spaces > 0 else { return }
        output += String(repeating: " ", count: spaces)
        column += spaces
        spaces = 0
    }

    private mutating func emit(_ scalar: Unicode.Scalar, _ style: Style) {
        changeStyle(to: style)
        output.unicodeScalars.append(scalar)
    }

    private mutating func changeStyle(to new: Style) {
        output += palette.change(from: style, to: new)
        if palette.isOn { style = new }
    }
}
