import ArgumentParser
import ResponsesAPI
import SQLiteStore

/// `hotline store stats`: what is in the file, and what it takes.
struct StoreStatsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stats", abstract: "Show what the file holds, and what that takes.")

    @Flag(help: "Print a JSON object.")
    var json = false

    @OptionGroup var place: StoreFlags

    func run() async throws {
        do {
            let path = try place.path()
            let statistics = try StoredResponses(path: path).statistics()
            try Standard.print(json ? Self.json(statistics, path).text + "\n" : Self.text(statistics, path))
        } catch let failure as Failure {
            failure.exit()
        }
    }

    static func text(_ statistics: SQLiteStoreStatistics, _ path: String) -> String {
        var table = TextTable(columns: [.init(title: ""), .init(title: "")], hasHead: false)
        // What is committed stands in the log until it is moved.
        let log = statistics.walBytes > 0 ? ", and \(bytes(statistics.walBytes)) of the log beside it" : ""
        table.rows = [["file", path], ["size", bytes(statistics.fileBytes) + log]]
        let free = statistics.freePages * statistics.pageBytes
        if free > 0 { table.rows.append(["free in it", bytes(free)]) }
        table.rows.append(["responses", count(statistics)])
        for (model, count) in statistics.models.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) }) {
            table.rows.append([model.isEmpty ? "  without a model" : "  \(model)", "\(count)"])
        }
        if let oldest = statistics.oldest, let newest = statistics.newest {
            table.rows.append(["made (UTC)", "\(CalendarTime.text(oldest)) to \(CalendarTime.text(newest))"])
        }
        table.rows += [
            ["conversations", "\(statistics.conversations), with \(statistics.conversationItems) items"], ["keys", "\(statistics.owners)"],
        ]
        return table.text
    }

    private static func count(_ statistics: SQLiteStoreStatistics) -> String {
        var parts = ["\(statistics.responses)"]
        if statistics.runningResponses > 0 { parts.append("\(statistics.runningResponses) of them running") }
        if statistics.deletedResponses > 0 { parts.append("and \(statistics.deletedResponses) deleted that others continue") }
        return parts.joined(separator: ", ")
    }

    /// `1.5 MiB`.
    static func bytes(_ number: Int) -> String {
        let units = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)]
        guard let (unit, size) = units.first(where: { number >= $0.1 }) else { return "\(number) bytes" }
        return "\(number / size).\(number % size * 10 / size) \(unit)"
    }

    static func json(_ statistics: SQLiteStoreStatistics, _ path: String) -> RawJSON {
        var json = JSONWriter()
        json.beginObject()
        json.key("path")
        json.value(path)
        let numbers: [(StaticString, Int?)] = [
            ("file_bytes", statistics.fileBytes), ("wal_bytes", statistics.walBytes),
            ("free_bytes", statistics.freePages * statistics.pageBytes), ("responses", statistics.responses), ("deleted_responses", statistics.deletedResponses),
            ("running_responses", statistics.runningResponses), ("oldest", statistics.oldest), ("newest", statistics.newest),
            ("conversations", statistics.conversations), ("conversation_items", statistics.conversationItems),
            ("event_logs", statistics.eventLogs), ("shared_texts", statistics.sharedTexts), ("keys", statistics.owners),
        ]
        for (name, number) in numbers {
            json.key(name)
            json.value(number)
        }
        json.key("models")
        json.beginObject()
        for (model, count) in statistics.models.sorted(by: { $0.key < $1.key }) {
            json.key(model)
            json.value(count)
        }
        json.endObject()
        json.endObject()
        return json.raw
    }
}
