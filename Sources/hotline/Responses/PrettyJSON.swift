import ResponsesAPI

/// JSON for people: a member a line, indented. Nothing of it reaches a terminal as a command.
enum PrettyJSON {
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

    /// In a string of JSON, control characters beyond ASCII may stand as they are; here they are escaped.
    private static func visible(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else { return text }
        return text.unicodeScalars.map { scalar in
            guard scalar.properties.generalCategory == .control else { return String(scalar) }
            let digits = String(scalar.value, radix: 16)
            return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        }.joined()
    }
}
