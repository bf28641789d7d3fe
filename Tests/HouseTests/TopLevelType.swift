/// A struct, class, actor, enum or protocol at the top of a file that other files can see.
struct TopLevelType: Hashable, Sendable {
    var name: String
    var line: Int

    private static let kinds: Set<Substring> = ["struct", "class", "actor", "enum", "protocol"]
    private static let modifiers: Set<Substring> = [
        "public", "package", "internal", "private", "fileprivate", "open", "final", "indirect", "nonisolated", "distributed",
        "nonisolated(unsafe)",
    ]

    /// The types of a file that are neither `private` nor `fileprivate`, in their order. Extensions declare none.
    static func all(in text: SwiftText) -> [TopLevelType] {
        var types: [TopLevelType] = []
        var depth = 0
        /// Attributes and modifiers that stand on the lines before what they belong to.
        var pending: [Substring] = []
        for (index, line) in text.code.enumerated() {
            if depth == 0, line.contains(where: { !$0.isWhitespace }) {
                // The arguments of attributes may hold blanks.
                let words = pending + line.replacing(/(@\w+)\([^)]*\)/) { $0.1 }.split(whereSeparator: \.isWhitespace)
                let head = words.prefix { $0.hasPrefix("@") || modifiers.contains($0) }
                let rest = words.dropFirst(head.count)
                pending = rest.isEmpty ? Array(head) : []
                if let kind = rest.first, kinds.contains(kind), let name = rest.dropFirst().first,
                    !head.contains("private"), !head.contains("fileprivate")
                {
                    let bare = name.drop { $0 == "`" }.prefix { $0.isLetter || $0.isNumber || $0 == "_" }
                    types.append(TopLevelType(name: String(bare), line: index + 1))
                }
            }
            for byte in line.utf8 {
                if byte == UInt8(ascii: "{") || byte == UInt8(ascii: "(") { depth += 1 }
                if byte == UInt8(ascii: "}") || byte == UInt8(ascii: ")") { depth -= 1 }
            }
        }
        return types
    }
}
