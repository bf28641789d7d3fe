/// One line of a terminal that shows how far a measurement is: `[#####.....]  48 %  websocket 3/5`.
public struct ProgressBar: Sendable {
    private static let cells = 30

    public init() {}

    /// The line, to be written over the one before; at most 79 columns, without a line feed.
    ///
    /// - Parameter elapsed: since the beginning, for what is left.
    public func line(_ progress: BenchProgress, elapsed: Duration) -> String {
        let part = progress.turns == 0 ? 1 : Double(progress.turnsDone) / Double(progress.turns)
        let full = Int(part * Double(Self.cells))
        let bar = String(repeating: "#", count: full) + String(repeating: ".", count: Self.cells - full)
        let run = progress.repetition < 0 ? "trial" : "\(progress.repetition + 1)/\(progress.repetitions)"
        var line = "[\(bar)] \(Self.right("\(Int(part * 100)) %", 5))  \(progress.way.rawValue) \(run)"
        // The first turns say too little about the rest.
        if part > 0.05, part < 1 {
            line += "  \(Figures.decimal(elapsed.seconds * (1 - part) / part, places: 0)) s left"
        }
        return line
    }

    private static func right(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }
}
