import AgentBench

extension BenchSetting {
    /// The flag of `hotline bench` that sets it.
    var flag: String {
        switch self {
        case .toolCalls: "--tool-calls"
        case .contextBytes: "--context"
        case .toolsBytes: "--tools"
        case .outputTokens: "--output"
        case .toolOutputBytes: "--tool-output"
        case .toolTime: "--tool-time"
        case .roundTrip: "--rtt"
        case .bandwidth: "--bandwidth"
        case .concurrency: "--concurrency"
        case .repetitions: "--repetitions"
        case .ways: "--ways"
        case .url: "--url"
        }
    }
}

extension Failure {
    /// The error in the words of the command line: `--tool-calls: -1 is out of range`.
    init(_ error: BenchError, code: Int32) {
        let place = error.setting.map { "\($0.flag): " } ?? ""
        let flags = error.remedies.map(\.flag)
        let all = flags.count < 2 ? flags.joined() : "\(flags.dropLast().joined(separator: ", ")) or \(flags[flags.count - 1])"
        self.init(
            message: place + error.message, wayOut: error.wayOut + (flags.isEmpty ? "." : " with \(all)."), code: code)
    }
}
