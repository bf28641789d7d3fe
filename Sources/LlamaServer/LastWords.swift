/// What an engine said last, for errors and the log: never anything of a request or an answer.
///
/// While it loads its model it knows no request, and all it says is kept. From then on it may quote what it was sent and what the model
/// wrote, so only the lines are kept by which libraries say that they end the process.
struct LastWords: Sendable, Hashable {
    private let linesMax: Int
    private let lineMax: Int
    /// The last lines that say what is wrong, and the last of the others.
    private var errors: [String] = []
    private var others: [String] = []
    /// What came behind the last line feed.
    private var rest: [UInt8] = []
    private var isServing = false

    private struct Line {
        var text: String
        var isError: Bool
    }

    init(_ limits: LlamaLimits) {
        linesMax = limits.wordsLinesMax
        lineMax = limits.wordsLineMax
    }

    /// The model is loaded.
    mutating func serves() {
        isServing = true
        (errors, others, rest) = ([], [], [])
    }

    mutating func append(_ bytes: [UInt8]) {
        for byte in bytes {
            if byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") {
                endLine()
            } else if rest.count < 4 * lineMax {
                rest.append(byte)
            }
        }
    }

    /// The lines, oldest first: errors alone where there are some.
    var text: [String] {
        var all = self
        all.endLine()
        return all.errors.isEmpty ? all.others : all.errors
    }

    private mutating func endLine() {
        defer { rest = [] }
        guard let line = line(String(decoding: rest, as: UTF8.self)) else { return }
        if line.isError { add(line.text, to: &errors) } else { add(line.text, to: &others) }
    }

    private func add(_ line: String, to lines: inout [String]) {
        guard !lines.contains(line) else { return }
        lines.append(line)
        if lines.count > linesMax { lines.removeFirst() }
    }

    private func line(_ text: String) -> Line? {
        // llama.cpp's own beginning: how long it runs, and the level.
        let match = text.prefixMatch(of: #/(?:[0-9.]+ )?([DIWEF]) /#)
        let said = (match.map { text[$0.range.upperBound...] } ?? text[...]).filter { !$0.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F } }
        let words = said.drop { $0 == " " }
        guard !words.isEmpty, !words.allSatisfy({ $0 == "." }) else { return nil }
        let isError = match.map { $0.1 == "E" || $0.1 == "F" } ?? Self.isLast(words)
        if isServing {
            guard Self.isLast(words) else { return nil }
            // Behind a quotation mark may be anything.
            return Line(text: String(words.prefix(lineMax).prefix { !"\"'{`".contains($0) }), isError: true)
        }
        return Line(text: String(words.prefix(lineMax)), isError: isError)
    }

    /// Whether a library says with it that it ends the process.
    private static func isLast(_ line: some StringProtocol) -> Bool {
        ["GGML_ASSERT", "ggml_abort", "ggml_cuda", "ggml_metal", "ggml_vulkan", "CUDA error", "terminate called", "libc++abi"].contains { line.hasPrefix($0) }
            || String(line).prefixMatch(of: #/[A-Za-z0-9_./\-]+\.(?:c|cpp|cu|cuh|h|m|mm):[0-9]+: /#) != nil
    }
}
