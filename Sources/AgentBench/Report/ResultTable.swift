/// A result as text of at most 80 columns.
public struct ResultTable: Sendable {
    private let words: ResultWords
    private var result: BenchResult { words.result }

    public init(_ result: BenchResult) { words = ResultWords(result: result) }

    private static let columns = 80

    private enum Alignment { case left, right }
    private static let layout: [(title: String, width: Int, alignment: Alignment)] = [
        ("", 27, .left), ("total", 7, .right), ("quartiles", 14, .right), ("saved", 7, .right), ("a turn", 8, .right),
        ("1st tok.", 9, .right), ("sent", 8, .right),
    ]

    /// With a line feed at its end.
    public var text: String {
        var lines = Self.wrapped(words.headline)
        if let warmUp = words.warmUp { lines += Self.wrapped(warmUp) }
        lines.append("")
        for (name, value) in words.setting {
            lines += Self.wrapped(Self.padded(name, 10, .left) + value, indent: 10)
        }
        lines += ["", Self.row(Self.layout.map(\.title))]
        for way in result.ways { lines += Self.rows(way, isFirst: way.way == result.ways.first?.way) }
        lines.append("")
        lines += Self.wrapped(
            "total, a turn, 1st tok. (time to the first token of a turn), sent (bytes of a run): medians. saved: against the first row.")
        for warning in words.warnings { lines += Self.wrapped("Note: " + warning) }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func rows(_ way: BenchResult.WayResult, isFirst: Bool) -> [String] {
        func saved(_ percent: Double) -> String { isFirst ? "" : Figures.percent(percent) }
        var rows = [
            row([
                way.way.title, Figures.duration(way.totalMs.median), Figures.range(way.totalMs), saved(way.savedPercent),
                Figures.duration(way.turnMs.median), Figures.duration(way.firstTokenMs.median),
                Figures.bytes(way.sentBytes.median),
            ])
        ]
        if let warmUp = way.warmUpMs {
            rows.append(
                row([
                    "  with \(Figures.duration(warmUp.median)) of warmup", Figures.duration(way.totalWithWarmUpMs.median),
                    Figures.range(way.totalWithWarmUpMs), saved(way.savedPercentWithWarmUp),
                ]))
        }
        return rows
    }

    private static func row(_ cells: [String]) -> String {
        var line = ""
        for (cell, column) in zip(cells, layout) { line += padded(cell, column.width, column.alignment) }
        while line.last == " " { line.removeLast() }
        return line
    }

    private static func padded(_ text: String, _ width: Int, _ alignment: Alignment) -> String {
        let space = String(repeating: " ", count: max(0, width - text.count))
        return alignment == .left ? text + space : space + text
    }

    static func wrapped(_ text: String, indent: Int = 0) -> [String] {
        var lines: [String] = []
        var line = ""
        for word in text.split(separator: " ", omittingEmptySubsequences: false) {
            if !line.isEmpty, line.count + 1 + word.count > columns {
                lines.append(line)
                line = String(repeating: " ", count: indent) + word
            } else {
                line += line.isEmpty ? String(word) : " " + word
            }
        }
        return lines + [line]
    }
}
