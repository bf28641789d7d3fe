/// Typed lines that make one question: a line that ends in `\` continues on the next one.
struct Continuation: Sendable {
    private var lines: [String] = []

    var isOpen: Bool { !lines.isEmpty }

    /// The whole question when `line` ends it; nil when more follows.
    mutating func add(_ line: String) -> String? {
        if line.hasSuffix("\\"), !line.hasSuffix("\\\\") {
            lines.append(String(line.dropLast()))
            return nil
        }
        defer { lines = [] }
        return (lines + [line]).joined(separator: "\n")
    }

    mutating func abandon() { lines = [] }
}
