import LibC
import ResponsesAPI

/// JSON for people: a member a line, indented. Nothing of it reaches a terminal as a command.
enum PrettyJSON {
    /// One line for a program to read; on a terminal without what that would obey.
    static func line(_ value: RawJSON, isTerminal: Bool = isatty(STDOUT_FILENO) == 1) -> String {
        (isTerminal ? visible(value.text) : value.text) + "\n"
    }

    static func text(_ value: RawJSON) -> String {
        var text = ""
        write(value, indent: 0, to: &text)
        return text + "\n"
    }

    private static func write(_ value: RawJSON, indent: Int, to text: inout String) {
        let space = String(repeating: "  ", count: indent)
        if value.isObject {
            var members: [(String, RawJSON)] = []
            value.forEachMember { members.append(($0, $1)) }
            writeList(members, "{", "}", indent, to: &text) { member, text in
                text += "\(space)  \(quoted(member.0)): "
                write(member.1, indent: indent + 1, to: &text)
            }
        } else if value.isArray {
            writeList(value.elements, "[", "]", indent, to: &text) { element, text in
                text += "\(space)  "
                write(element, indent: indent + 1, to: &text)
            }
        } else {
            text += visible(value.text)
        }
    }

    private static func writeList<Element>(
        _ list: [Element], _ open: String, _ close: String, _ indent: Int, to text: inout String,
        _ write: (Element, inout String) -> Void
    ) {
        text += open
        for (index, element) in list.enumerated() {
            text += index == 0 ? "\n" : ",\n"
            write(element, &text)
        }
        text += list.isEmpty ? close : "\n\(String(repeating: "  ", count: indent))\(close)"
    }

    private static func quoted(_ name: String) -> String {
        var json = JSONWriter()
        json.value(name)
        return visible(json.raw.text)
    }

    /// In a string of JSON, characters may stand as they are that a terminal obeys instead of showing them: control characters beyond
    /// ASCII, and those that turn the direction of what follows. Here they are escaped; the JSON means the same.
    private static func visible(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isObeyed) else { return text }
        return text.unicodeScalars.map { scalar in
            guard isObeyed(scalar) else { return String(scalar) }
            let digits = String(scalar.value, radix: 16)
            return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        }.joined()
    }

    private static func isObeyed(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x00...0x1F, 0x7F...0x9F, 0x061C, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069: true
        default: false
        }
    }
}
