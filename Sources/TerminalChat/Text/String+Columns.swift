extension String {
    /// The beginning that fits into `columns`, with "…" where something was cut off.
    func cut(toColumns columns: Int) -> String {
        guard DisplayWidth.of(self) > columns else { return self }
        var kept = String.UnicodeScalarView()
        var width = 0
        for scalar in unicodeScalars {
            width += DisplayWidth.of(scalar)
            // One column is for the mark of the cut.
            if width > columns - 1 { break }
            kept.append(scalar)
        }
        return String(kept) + "…"
    }

    /// All of it, in lines that fit into `columns`; at least one.
    func broken(toColumns columns: Int) -> [String] {
        var lines: [String] = []
        var line = String.UnicodeScalarView()
        var width = 0
        for scalar in unicodeScalars {
            let scalarWidth = DisplayWidth.of(scalar)
            if width + scalarWidth > columns, !line.isEmpty {
                lines.append(String(line))
                (line, width) = (String.UnicodeScalarView(), 0)
            }
            line.append(scalar)
            width += scalarWidth
        }
        return lines + [String(line)]
    }
}
