/// What is known of an engine, for a person.
struct EngineReport: Sendable, Hashable {
    /// How the first byte came.
    enum FirstByte: Sendable, Hashable {
        case after(Duration, model: String)
        /// The turn failed, in the engine's words.
        case failed(String, model: String)
        /// No turn was asked for, and why.
        case unasked(String)
    }

    var name: String
    /// Its base URL, without a query.
    var address: String
    /// Where it was named, or that it was found.
    var origin: String
    var profile: String
    /// Its models; nil when it does not answer.
    var models: [String]?
    /// Why it does not answer, or shows no models.
    var note: String?
    /// What the engine refused, and how it is spoken to since.
    var learnt: [String] = []
    var firstByte = FirstByte.unasked("it does not answer")

    static func text(_ reports: [EngineReport]) -> String {
        guard !reports.isEmpty else {
            return "No engine is configured, and none answers on the usual ports of this machine.\n"
                + "Start one, name one with --engine URL, or write it into hotline.yaml.\n"
        }
        return reports.map(\.text).joined(separator: "\n")
    }

    private var text: String {
        var lines = ["\(name)  \(address)", "  from        \(origin)", "  profile     \(profile)"]
        if let models {
            let names = models.prefix(6).joined(separator: ", ") + (models.count > 6 ? " and \(models.count - 6) more" : "")
            lines.append("  answers     yes; " + (note ?? (models.isEmpty ? "it has no models yet" : "\(models.count == 1 ? "1 model" : "\(models.count) models"): \(names)")))
        } else {
            lines.append("  answers     no; \(note ?? "nothing is known of why")")
        }
        switch firstByte {
        case .after(let time, let model): lines.append("  first byte  after \(Self.text(time)), from \(model)")
        case .failed(let words, let model): lines.append("  first byte  none from \(model): \(words)")
        case .unasked(let reason): lines.append("  first byte  not asked for: \(reason)")
        }
        for line in learnt { lines.append("  learnt      \(line)") }
        return lines.joined(separator: "\n") + "\n"
    }

    static func text(_ time: Duration) -> String {
        let (seconds, attoseconds) = time.components
        let milliseconds = seconds * 1000 + attoseconds / 1_000_000_000_000_000
        return milliseconds < 1000 ? "\(milliseconds) ms" : "\(milliseconds / 1000).\(milliseconds % 1000 / 100) s"
    }
}
