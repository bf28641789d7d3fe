/// Text that belongs together, such as a comment of several lines, joined so that nothing hides at a line's end.
struct Passage: Sendable {
    private(set) var text = ""
    private(set) var lastLine = 0
    private var starts: [(offset: Int, line: Int)] = []

    init() {}

    init(_ text: some StringProtocol, line: Int) { append(text, line: line) }

    var isEmpty: Bool { starts.isEmpty }

    mutating func append(_ more: some StringProtocol, line: Int) {
        if !starts.isEmpty { text += " " }
        starts.append((text.utf8.count, line))
        text += more
        lastLine = line
    }

    /// The line of the file on which this place of the text stands.
    func line(at index: String.Index) -> Int {
        let offset = text.utf8.distance(from: text.startIndex, to: index)
        return starts.last { $0.offset <= offset }?.line ?? 0
    }

    /// What stands before `index` in the same sentence.
    func sentence(before index: String.Index) -> Substring {
        let before = text[..<index]
        return before[(before.ranges(of: ". ").last?.upperBound ?? text.startIndex)...]
    }

    /// Whether a text stands here: a quick question before a slow search by pattern.
    func holds(_ part: StaticString) -> Bool {
        part.withUTF8Buffer { part in
            var text = text
            return text.withUTF8 { bytes in
                var start = 0
                while start + part.count <= bytes.count {
                    if bytes[start] == part[0], bytes[start..<start + part.count].elementsEqual(part) { return true }
                    start += 1
                }
                return false
            }
        }
    }
}
