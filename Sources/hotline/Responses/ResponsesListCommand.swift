import ArgumentParser
import ResponsesAPI
import ResponsesStore
import SQLiteStore

/// `hotline responses list`: ids, times and counts, the newest first.
struct ResponsesListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List stored responses, the newest first, without their content.")

    @OptionGroup var filters: FilterFlags

    @Option(help: ArgumentHelp("So many at most.", valueName: "count"))
    var limit = 20

    @Flag(help: "Print one JSON object a line instead of the table.")
    var json = false

    @OptionGroup var place: StoreFlags

    func run() async throws {
        do {
            try list()
        } catch let failure as Failure {
            failure.exit()
        }
    }

    private func list() throws {
        guard limit > 0 else { throw Failure.badSetting("--limit: '\(limit)' is not a count", "Write a whole number above 0.") }
        let filter = try SQLiteStoreFilter(filters, now: CalendarTime.now)
        let responses = try StoredResponses(path: try place.path())
        var listed: [ListedResponse] = []
        var damaged = 0
        var hasMore = false
        try responses.forEach(filter) { listing throws(Failure) in
            guard listed.count < limit else {
                hasMore = true
                return false
            }
            let reading = try listing.isDamaged ? .damaged : responses.reading(listing.id)
            if case .damaged = reading {
                damaged += 1
                return true
            }
            var usage: RawJSON?
            if case .record(let record) = reading { usage = record.object["usage"] }
            let response = ListedResponse(listing, usage: usage)
            if json { try Standard.print(PrettyJSON.line(response.json)) }
            listed.append(response)
            return true
        }
        if !json, !listed.isEmpty || damaged == 0 {
            try Standard.print(listed.isEmpty ? Self.none(filter) : ListedResponse.table(listed))
        }
        if hasMore { Standard.error("There are more; --limit shows them.\n") }
        StoredResponses.sayDamaged(damaged)
    }

    private static func none(_ filter: SQLiteStoreFilter) -> String {
        filter.isEmpty ? "No responses are stored.\n" : "No stored response fits.\n"
    }
}
