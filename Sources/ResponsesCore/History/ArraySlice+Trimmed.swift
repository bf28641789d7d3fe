extension ArraySlice<UInt8> {
    /// Escaped text without the white space at its ends.
    package var trimmed: ArraySlice<UInt8> {
        var text = withoutSpaceAhead
        while let length = text.spaceBehind { text = text.dropLast(length) }
        return text
    }

    var withoutSpaceAhead: ArraySlice<UInt8> {
        var text = self
        while let length = text.spaceAhead { text = text.dropFirst(length) }
        return text
    }

    private var spaceAhead: Int? {
        guard let first, Self.spaceBegins.contains(first) else { return nil }
        return Self.spaces.first { starts(with: $0) }?.count
    }

    private var spaceBehind: Int? {
        guard let last, Self.spaceEnds.contains(last) else { return nil }
        return Self.spaces.first { suffix($0.count).elementsEqual($0) && ($0[0] != Self.backslash || isEscape($0.count)) }?.count
    }

    /// Whether the last bytes are one escape: a backslash that is itself escaped begins none.
    private func isEscape(_ length: Int) -> Bool {
        dropLast(length).reversed().prefix { $0 == Self.backslash }.count.isMultiple(of: 2)
    }

    private static var backslash: UInt8 { UInt8(ascii: "\\") }

    /// What the trimming of some language takes away: white space of Unicode, the separators of ASCII (Python), the byte order mark
    /// (JavaScript). Controls are escapes in canonical text.
    private static let spaces: [[UInt8]] = [
        #" "#, #"\n"#, #"\t"#, #"\r"#, #"\f"#, #"\u000b"#, #"\u001c"#, #"\u001d"#, #"\u001e"#, #"\u001f"#, "\u{85}", "\u{A0}", "\u{1680}",
        "\u{2000}", "\u{2001}", "\u{2002}", "\u{2003}", "\u{2004}", "\u{2005}", "\u{2006}", "\u{2007}", "\u{2008}", "\u{2009}", "\u{200A}",
        "\u{2028}", "\u{2029}", "\u{202F}", "\u{205F}", "\u{3000}", "\u{FEFF}",
    ].map { Array($0.utf8) }
    private static let spaceBegins = Set(spaces.compactMap(\.first))
    private static let spaceEnds = Set(spaces.compactMap(\.last))
}
