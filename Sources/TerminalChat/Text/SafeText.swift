/// Text of models and tools, made safe for a terminal.
///
/// An escape sequence in what a model says could retitle the window, fill the clipboard, or show another command than
/// the one that will run. No control character gets through but line feed and tab.
enum SafeText {
    /// For reading: controls become visible signs, and what would reorder a line is replaced.
    static func forReading(_ text: String) -> String {
        if text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F || $0 == 0x0A }) { return text }
        var safe = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x09, 0x0A: safe.append(scalar)
            // Dropped rather than shown: most are halves of line ends.
            case 0x0D: break
            case 0..<0x20: safe.append(picture(scalar.value))
            case 0x7F: safe.append("\u{2421}")
            case 0x80..<0xA0, 0x202A...0x202E, 0x2066...0x2069: safe.append("\u{FFFD}")
            case 0x2028, 0x2029: safe.append("\n")
            default: safe.append(scalar)
            }
        }
        return String(safe)
    }

    /// For deciding: whatever is invisible or looks like something else is spelled out, such as `\u{202E}`.
    static func forDeciding(_ text: String) -> String {
        var safe = ""
        for scalar in text.unicodeScalars {
            if scalar == "\n" || scalar == "\t" || !isDeceptive(scalar) {
                safe.unicodeScalars.append(scalar)
            } else {
                safe += "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
            }
        }
        return safe
    }

    /// Text without its terminal sequences (ECMA-48, 5.4): colours of compilers and the like.
    static func withoutSequences(_ text: String) -> String {
        guard text.utf8.contains(0x1B) else { return text }
        var rest = text.unicodeScalars[...]
        var plain = String.UnicodeScalarView()
        while let scalar = rest.popFirst() {
            guard scalar == "\u{1B}", rest.first == "[" else {
                plain.append(scalar)
                continue
            }
            rest.removeFirst()
            while let next = rest.first, (0x20...0x3F).contains(next.value) { rest.removeFirst() }
            if let last = rest.first, (0x40...0x7E).contains(last.value) { rest.removeFirst() }
        }
        return String(plain)
    }

    /// One line of it: ends of lines become "⏎", tabs spaces.
    static func onOneLine(_ text: String) -> String {
        var line = ""
        for scalar in forReading(text).unicodeScalars {
            switch scalar {
            case "\n": line += "⏎"
            case "\t": line += " "
            default: line.unicodeScalars.append(scalar)
            }
        }
        return line
    }

    private static func picture(_ control: UInt32) -> Unicode.Scalar { Unicode.Scalar(0x2400 + control) ?? "\u{FFFD}" }

    private static func isDeceptive(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.value >= 0x20, scalar.value < 0x7F { return false }
        if scalar.properties.isDefaultIgnorableCodePoint || scalar.properties.isVariationSelector { return true }
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator, .spaceSeparator:
            return true
        default: return false
        }
    }
}
