import ArgumentParser
import ResponsesAPI
import SQLiteStore

/// `hotline responses export`: all of it, a line for each response.
struct ResponsesExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Write stored responses with their input items as JSON Lines, the newest first.",
        discussion: """
            Each line is {"response": …, "input": […]}; the input is what that turn was given, and what came before it is in the \
            response that previous_response_id names. A file is made for its user alone.
            """)

    @OptionGroup var filters: FilterFlags

    @Option(help: ArgumentHelp("So many at most. (default: all)", valueName: "count"))
    var limit: Int?

    @Option(help: ArgumentHelp("Write to this file, which must not be there yet. (default: standard output)", valueName: "file"))
    var output: String?

    @Flag(help: "Let --output replace a file that is there.")
    var force = false

    @OptionGroup var place: StoreFlags

    func run() async throws {
        do {
            try export()
        } catch let failure as Failure {
            failure.exit()
        }
    }

    private func export() throws {
        if let limit, limit < 1 { throw Failure.badSetting("--limit: '\(limit)' is not a count", "Write a whole number above 0.") }
        let filter = try SQLiteStoreFilter(filters, now: CalendarTime.now)
        let responses = try StoredResponses(path: try place.path())
        guard let output else {
            _ = try write(responses, filter) { json throws(Failure) in try Standard.print(PrettyJSON.line(json)) }
            return
        }
        var count = 0
        try NewFile.write(to: output, replaces: force) { append throws(Failure) in
            count = try write(responses, filter) { json throws(Failure) in try append(json.text + "\n") }
        }
        Standard.error("\(count) response\(count == 1 ? "" : "s") in \(output).\n")
    }

    /// - Returns: how many were written.
    private func write(
        _ responses: StoredResponses, _ filter: SQLiteStoreFilter, _ append: (RawJSON) throws(Failure) -> Void
    ) throws(Failure) -> Int {
        var count = 0
        var damaged = 0
        defer { StoredResponses.sayDamaged(damaged) }
        try responses.forEach(filter) { listing throws(Failure) in
            if let limit, count == limit { return false }
            switch try listing.isDamaged ? .damaged : responses.reading(listing.id) {
            case .record(let record):
                try append(ExportedResponse.json(record))
                count += 1
            case .missing: break
            case .damaged: damaged += 1
            }
            return true
        }
        return count
    }
}
