/// One question about speed or memory, answered by tables.
protocol Measurement: Sendable {
    /// What it is called on the command line.
    var name: String { get }
    var title: String { get }
    func run(_ plan: Plan) async throws -> [Table]
}

/// How much to measure.
struct Plan: Sendable {
    var rounds: Int
    /// Of a round that is as long as one likes.
    var seconds: Double
}

/// A table in Markdown.
struct Table {
    var heading: String
    var columns: [String]
    var rows: [[String]] = []

    var markdown: String {
        let lines = [columns, columns.map { _ in "---" }] + rows
        return "\(heading)\n\n" + lines.map { "| \($0.joined(separator: " | ")) |\n" }.joined()
    }
}
