/// Rows under a head, in columns as wide as they must be.
struct TextTable {
    struct Column {
        var title: String
        /// Numbers stand at the right.
        var isNumber = false
    }

    var columns: [Column]
    /// Each as many texts as there are columns.
    var rows: [[String]] = []
    /// Without it there are rows only.
    var hasHead = true

    /// A line for each row. Nothing of a row can end its line or reach a terminal as a command.
    var text: String {
        let cells = (hasHead ? [columns.map(\.title)] : []) + rows.map { $0.map(Self.visible) }
        let widths = columns.indices.map { column in cells.map { $0[column].count }.max() ?? 0 }
        return cells.map { row in
            let padded = row.enumerated().map { column, cell in
                let space = String(repeating: " ", count: widths[column] - cell.count)
                if columns[column].isNumber { return space + cell }
                return column == row.count - 1 ? cell : cell + space
            }
            return padded.joined(separator: "  ") + "\n"
        }.joined()
    }

    /// Names of models are given by engines and clients.
    private static func visible(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.map { $0.properties.generalCategory == .control ? "?" : $0 }))
    }
}
