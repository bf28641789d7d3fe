/// A struct, class, actor, enum or protocol at the top of a file that other files can see.
struct TopLevelType: Hashable, Sendable {
    var name: String
    var line: Int

    /// The types of a file that are neither `private` nor `fileprivate`, in their order. Extensions declare none.
    static func all(in text: SwiftText) -> [TopLevelType] {
        var types: [TopLevelType] = []
        var depth = 0
        /// Attributes and modifiers of lines before, such as `@available(…)` on a line of its own.
        var pending = ""
        for (index, line) in text.code.enumerated() {
            let words = line.split(whereSeparator: \.isWhitespace).joined(separator: " ")
            if depth == 0, !words.isEmpty {
                let declaration = pending + words
                if let match = declaration.prefixMatch(of: /(?:(?:@\w+(?:\([^)]*\))?|public|package|internal|private|fileprivate|open|final|indirect|nonisolated|distributed|borrowing)(?:\(\w+\))? )*(?:struct|class|actor|enum|protocol) `?(\w+)`?/) {
                    let head = declaration[..<match.1.startIndex]
                    if !head.contains(/\b(?:private|fileprivate)\b/) {
                        types.append(TopLevelType(name: String(match.1), line: index + 1))
                    }
                }
                let isHead = declaration.wholeMatch(of: /(?:@\w+(?:\([^)]*\))?|public|package|internal|private|fileprivate|open|final|indirect|nonisolated|distributed| )+/) != nil
                pending = isHead ? declaration + " " : ""
            }
            for byte in line.utf8 {
                if byte == UInt8(ascii: "{") || byte == UInt8(ascii: "(") { depth += 1 }
                if byte == UInt8(ascii: "}") || byte == UInt8(ascii: ")") { depth -= 1 }
            }
        }
        return types
    }
}
