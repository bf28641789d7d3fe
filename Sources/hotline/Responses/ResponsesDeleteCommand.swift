import ArgumentParser
import LibC
import ResponsesAPI
import SQLiteStore

/// `hotline responses delete`: takes responses out of a file that no server has.
struct ResponsesDeleteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete", abstract: "Delete stored responses: by their ids, or all that fit filters.",
        discussion: """
            Only while no server has the file. It asks first; --yes does not. What others continue stays part of their chains, as when it \
            is deleted over the API, and goes with the last of them. 'hotline store vacuum' gives the room back to the disk.
            """)

    @Argument(help: "The ids.")
    var ids: [String] = []

    @Option(help: ArgumentHelp("Those made longer ago than this, such as 30d; the same as --until.", valueName: "age"))
    var olderThan: String?

    @OptionGroup var filters: FilterFlags

    @Flag(help: "Every response.")
    var all = false

    @Flag(help: "Do not ask.")
    var yes = false

    @OptionGroup var place: StoreFlags

    func run() async throws {
        let isComplete: Bool
        do {
            isComplete = try await delete()
        } catch let failure as Failure {
            failure.exit()
        }
        if !isComplete { throw ExitCode(1) }
    }

    /// - Returns: whether all that was named was there.
    private func delete() async throws -> Bool {
        let filter = try chosen(now: CalendarTime.now)
        guard yes || isatty(STDIN_FILENO) == 1 else {
            throw Failure.badSetting("standard input is not a terminal, so nobody can be asked", "Add --yes.")
        }
        let path = try place.path()
        // Whether it can be had is said before anybody is asked.
        return try await SQLiteStore.withAlone(path) { store in try await delete(filter, in: store) }
    }

    private func delete(_ filter: SQLiteStoreFilter?, in store: SQLiteStore) async throws -> Bool {
        let responses = try StoredResponses(path: store.path)
        var found: [ResponseID] = []
        var missing: [String] = []
        if let filter {
            try responses.forEach(filter) { listing throws(Failure) in
                found.append(listing.id)
                return true
            }
        } else {
            for id in ids {
                if try responses.has(ResponseID(id)) { found.append(ResponseID(id)) } else { missing.append(id) }
            }
        }
        for id in missing { Standard.error("no response '\(id)' is stored\n") }
        guard !found.isEmpty else {
            if filter != nil { try Standard.print("No stored response fits.\n") }
            return missing.isEmpty
        }
        let what = "\(found.count) response\(found.count == 1 ? "" : "s")"
        guard yes || Self.isAgreed("Delete \(what) from \(store.path)?") else {
            throw Failure(message: "nothing was deleted", wayOut: "Answer y, or add --yes.", code: 1)
        }
        var count = 0
        for id in found {
            do throws(SQLiteStoreFailure) { if try await store.forget(id) { count += 1 } } catch { throw Failure(error) }
        }
        try Standard.print("Deleted \(count) response\(count == 1 ? "" : "s").\n")
        return missing.isEmpty
    }

    /// Which are meant, when they are not named.
    func chosen(now: Int) throws -> SQLiteStoreFilter? {
        var flags = filters
        if let olderThan {
            guard flags.until == nil else { throw Failure.badSetting("--older-than and --until say the same", "Leave one of them out.") }
            guard Age.read(olderThan) != nil else {
                throw Failure.badSetting("--older-than: '\(olderThan)' is not an age", "Write \(Age.form).")
            }
            flags.until = olderThan
        }
        let filter = try SQLiteStoreFilter(flags, now: now)
        switch (ids.isEmpty, filter.isEmpty, all) {
        case (false, true, false): return nil
        case (true, false, false), (true, true, true): return filter
        case (true, true, false):
            throw Failure.badSetting("it is not said which responses are to go", "Name their ids, or filters, or --all.")
        default:
            throw Failure.badSetting("ids, filters and --all each say which responses are to go", "Leave all but one of them out.")
        }
    }

    private static func isAgreed(_ question: String) -> Bool {
        Standard.error("\(question) [y/N] ")
        return ["y", "yes"].contains(readLine()?.lowercased())
    }
}
