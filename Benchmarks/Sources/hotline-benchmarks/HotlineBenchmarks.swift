import ArgumentParser

/// Measures hotline from within: what a frame, a delta, a turn and a connection cost.
@main
struct HotlineBenchmarks: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hotline-benchmarks",
        abstract: "Measures what a frame, a delta, a turn and a connection cost.",
        discussion: "Measurements: \(all.map(\.name).joined(separator: ", ")). Tables are Markdown. See Benchmarks/README.md.")

    @Argument(help: "What to measure. (default: everything)")
    var names: [String] = []

    @Option(help: "Rounds per figure; medians are printed, with the lowest and highest.")
    var rounds = 5

    @Option(help: "Seconds per round, where a round has a length.")
    var seconds = 2.0

    private static var all: [any Measurement] {
        [
            LatencyMeasurement(), RelayMeasurement.flood, RelayMeasurement.turns, RelayMeasurement.paced,
            MemoryMeasurement(), CoreChainMeasurement(), ServedChainMeasurement(),
        ]
    }

    func validate() throws {
        guard rounds > 0, seconds > 0 else { throw ValidationError("--rounds and --seconds must be positive.") }
        for name in names where !Self.all.contains(where: { $0.name == name }) {
            throw ValidationError("There is no measurement '\(name)'. There are: \(Self.all.map(\.name).joined(separator: ", ")).")
        }
    }

    func run() async throws {
        let plan = Plan(rounds: rounds, seconds: seconds)
        for measurement in Self.all where names.isEmpty || names.contains(measurement.name) {
            print("## \(measurement.title)\n\nLoad of the machine before: \(Machine.load).\n")
            for table in try await measurement.run(plan) { print(table.markdown) }
        }
    }
}
