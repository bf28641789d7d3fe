import ResponsesAPI

/// Calls of tools and their outputs in few words.
enum ToolText {
    /// A call's arguments on one line: the value alone where there is one text, else `name=value, …`.
    static func short(_ arguments: String) -> String {
        guard let json = try? JSONValue(parsing: arguments), case .object(let members) = json else {
            return SafeText.onOneLine(arguments)
        }
        if members.count == 1, case .string(let text) = members[0].value { return SafeText.onOneLine(text) }
        return members.map { SafeText.onOneLine("\($0.name)=\(value($0.value))") }.joined(separator: ", ")
    }

    /// A call in full, as the user must see it to decide about it: nothing is cut, nothing stays invisible.
    static func full(_ arguments: String) -> [String] {
        guard let json = try? JSONValue(parsing: arguments), case .object(let members) = json else {
            return lines(arguments)
        }
        if members.count == 1, case .string(let text) = members[0].value { return lines(text) }
        return members.flatMap { member in
            let name = SafeText.forDeciding(member.name)
            let text = lines(value(member.value))
            return text.count == 1 ? ["\(name): \(text[0])"] : ["\(name):"] + text.map { "  " + $0 }
        }
    }

    /// The first lines of an output, each cut to `columns`, and how many more there are.
    static func summary(_ output: String, linesMax: Int = 5, columns: Int) -> [String] {
        let ends: Set<Character> = ["\n", "\r", "\r\n"]
        var lines = SafeText.withoutSequences(output).split(omittingEmptySubsequences: false) { ends.contains($0) }
        while let last = lines.last, last.allSatisfy(\.isWhitespace) { lines.removeLast() }
        // Success needs no line.
        if lines.first == "exit status 0" { lines.removeFirst() }
        let shown = lines.count > linesMax ? linesMax - 1 : lines.count
        var summary = lines.prefix(shown).map { expandTabs(SafeText.forReading(String($0))).cut(toColumns: columns) }
        if lines.count > shown { summary.append("… \(lines.count - shown) more lines") }
        return summary
    }

    private static func value(_ value: JSONValue) -> String {
        if case .string(let text) = value { text } else { value.raw.text }
    }

    /// Whether an output that is not an error reports one.
    static func reportsFailure(_ output: String) -> Bool {
        let first = output.prefix { $0 != "\n" }
        return first.hasPrefix("exit status ") && first != "exit status 0" || first.hasPrefix("ended ")
    }

    private static func lines(_ text: String) -> [String] {
        var lines = SafeText.forDeciding(text).split(separator: "\n", omittingEmptySubsequences: false).map { expandTabs(String($0)) }
        // A line feed at the end does not begin another line.
        if lines.count > 1, lines.last == "" { lines.removeLast() }
        return lines
    }

    private static func expandTabs(_ text: String) -> String {
        guard text.utf8.contains(0x09) else { return text }
        var line = ""
        var column = 0
        for scalar in text.unicodeScalars {
            let columns = scalar == "\t" ? 8 - column % 8 : DisplayWidth.of(scalar)
            if scalar == "\t" { line += String(repeating: " ", count: columns) } else { line.unicodeScalars.append(scalar) }
            column += columns
        }
        return line
    }
}
