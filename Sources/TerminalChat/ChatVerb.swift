/// The commands of a chat.
enum ChatVerb: String, CaseIterable, Sendable {
    case help, fork, lanes, lane, retry, save, tools, clear, quit

    enum Argument { case none, possible(String), needed(String) }

    var argument: Argument {
        switch self {
        case .fork: .possible("NAME")
        case .lane: .needed("NAME")
        case .save: .needed("FILE")
        case .help, .lanes, .retry, .tools, .clear, .quit: .none
        }
    }

    var usage: String {
        switch argument {
        case .none: "/\(rawValue)"
        case .possible(let name): "/\(rawValue) [\(name)]"
        case .needed(let name): "/\(rawValue) \(name)"
        }
    }

    var meaning: String {
        switch self {
        case .help: "this list"
        case .fork: "continue from here on a new lane; the old one stays as it is"
        case .lanes: "all lanes, each with its last question"
        case .lane: "switch to another lane"
        case .retry: "ask the last question again, from the point before it"
        case .save: "write the conversation as JSON, or as text if FILE ends in .md"
        case .tools: "the tools the model may call"
        case .clear: "start over on this lane"
        case .quit: "leave; so does Ctrl-D"
        }
    }

    static var helpText: String {
        let width = allCases.map(\.usage.count).max() ?? 0
        let lines = allCases.map { "  \($0.usage)\(String(repeating: " ", count: width - $0.usage.count))  \($0.meaning)\n" }
        return lines.joined()
            + "Ctrl-C cancels a running turn. A line that ends in \\ continues on the next one.\n"
    }

    /// Commands that begin like `text`, which begins with a slash.
    static func completions(of text: String) -> [String] {
        allCases.map { "/" + $0.rawValue }.filter { $0.hasPrefix(text) }
    }

    /// The command that was probably meant.
    static func nearest(to name: String) -> ChatVerb? {
        let name = name.lowercased()
        let candidates = allCases.map { ($0, name.count > 0 && $0.rawValue.hasPrefix(name) ? 0 : distance(name, $0.rawValue)) }
        guard let best = candidates.min(by: { $0.1 < $1.1 }), best.1 <= 2, best.1 < best.0.rawValue.count - 1 else { return nil }
        return best.0
    }

    /// How many letters have to be added, removed, replaced, or swapped with their neighbour.
    private static func distance(_ name: String, _ other: String) -> Int {
        let (left, right) = (Array(name), Array(other))
        guard left.count <= 64 else { return .max }
        var rows = [Array(0...right.count)]
        for (i, letter) in left.enumerated() {
            var row = [i + 1]
            for (j, counterpart) in right.enumerated() {
                var cost = min(rows[i][j] + (letter == counterpart ? 0 : 1), rows[i][j + 1] + 1, row[j] + 1)
                if i > 0, j > 0, letter == right[j - 1], left[i - 1] == counterpart { cost = min(cost, rows[i - 1][j - 1] + 1) }
                row.append(cost)
            }
            rows.append(row)
        }
        return rows[left.count][right.count]
    }
}
