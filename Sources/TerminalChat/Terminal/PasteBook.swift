/// Pastes of several lines, or very long ones, which a line editor cannot show: a mark takes the place of each in the line, such as
/// `[paste 1: 12 lines]`, and is put back when the line is sent.
struct PasteBook: Sendable {
    private var pastes: [(mark: String, text: String)] = []
    private var count = 0
    /// As many as are kept for lines from the history; older marks stay as they are.
    static var pastesMax: Int { 32 }
    /// What a line can show; a longer paste becomes a mark as well.
    static var lettersMax: Int { 1000 }

    /// What to insert into the line for a paste.
    mutating func enter(_ text: String) -> String {
        var text = Self.clean(text)
        // The end of the last line belongs to copying, not to what was copied.
        while text.last == "\n" { text.removeLast() }
        let letters = text.unicodeScalars.count
        let isOneLine = !text.contains("\n")
        if isOneLine, letters <= Self.lettersMax { return text.replacingTabs }
        count += 1
        let lines = text.reduce(1) { $1 == "\n" ? $0 + 1 : $0 }
        let mark = "[paste \(count): \(isOneLine ? "\(letters) letters" : "\(lines) lines")]"
        pastes.append((mark, text))
        if pastes.count > Self.pastesMax { pastes.removeFirst() }
        return mark
    }

    /// The line with its pastes.
    func expand(_ line: String) -> String {
        var expanded = ""
        var rest = line[...]
        while let start = rest.firstIndex(of: "[") {
            expanded += rest[..<start]
            rest = rest[start...]
            if let paste = pastes.first(where: { rest.hasPrefix($0.mark) }) {
                expanded += paste.text
                rest = rest.dropFirst(paste.mark.count)
            } else {
                expanded.append(rest.removeFirst())
            }
        }
        return expanded + rest
    }

    /// Line ends as one character, and no other control character but tabs.
    private static func clean(_ text: String) -> String {
        var clean = String.UnicodeScalarView()
        var isAfterReturn = false
        for scalar in text.unicodeScalars {
            defer { isAfterReturn = scalar == "\r" }
            switch scalar.value {
            case 0x0D: clean.append("\n")
            case 0x0A: if !isAfterReturn { clean.append("\n") }
            case 0x09: clean.append(scalar)
            case 0..<0x20, 0x7F..<0xA0: break
            default: clean.append(scalar)
            }
        }
        return String(clean)
    }
}

extension String {
    /// In an edited line a tab would ask for completion.
    fileprivate var replacingTabs: String { String(map { $0 == "\t" ? " " : $0 }) }
}
