import LibC

/// A trial as a table that can be pasted into a bug report: neither addresses nor keys nor what was said.
struct TrialReport: Sendable {
    struct Row: Sendable, Hashable {
        var name: String
        var outcome: TrialOutcome
        var firstByte: Duration?
        var time: Duration?
    }

    var engine: String
    var model: String
    var contextTokens: Int?
    var learnt: [String]
    var rows: [Row]

    /// Markdown.
    var text: String {
        var lines = [
            "### Trial of an engine", "", "- Hotline \(Version.current), \(Self.platform)", "- engine: \(engine)",
            "- model: \(Self.cell(model))\(contextTokens.map { ", context of \($0) tokens" } ?? "")",
        ]
        if !learnt.isEmpty { lines.append("- learnt: \(learnt.map(Self.cell).joined(separator: "; "))") }
        lines += ["", "| case | result | first byte | time | seen |", "| --- | --- | --- | --- | --- |"]
        lines += rows.map(Self.line)
        let count = rows.filter { $0.outcome.verdict == .wrong }.count
        lines += ["", count == 0 ? "Nothing is wrong." : "\(count) of \(rows.count) wrong."]
        return lines.joined(separator: "\n") + "\n"
    }

    static func line(_ row: Row) -> String {
        let times = [row.firstByte, row.time].map { $0.map(EngineReport.text) ?? "" }
        let verdict = row.outcome.verdict
        return "| \(row.name) | \(verdict == .wrong ? "**wrong**" : verdict.rawValue) | \(times[0]) | \(times[1]) | \(cell(row.outcome.seen)) |"
    }

    /// A text that stays within its cell.
    private static func cell(_ text: String) -> String {
        let line = text.map { $0.isNewline ? " " : String($0) }.joined().replacing("|", with: "\\|")
        return line.count <= 200 ? line : line.prefix(199) + "…"
    }

    private static var platform: String {
        var name = utsname()
        guard uname(&name) == 0 else { return "an unknown system" }
        func text<T>(_ field: T) -> String {
            withUnsafeBytes(of: field) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        }
        return "\(text(name.sysname)) \(text(name.machine))"
    }
}
