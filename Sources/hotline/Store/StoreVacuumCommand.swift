import ArgumentParser
import ResponsesAPI
import SQLiteStore

/// `hotline store vacuum`: gives the room of what went back to the disk.
struct StoreVacuumCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "vacuum", abstract: "Write the file anew, without the room of what was deleted.",
        discussion: "Only while no server has the file. It takes as much room on the disk again while it runs.")

    @Flag(help: "Print a JSON object.")
    var json = false

    @OptionGroup var place: StoreFlags

    func run() async throws {
        do {
            let path = try place.path()
            let done = try await SQLiteStore.withAlone(path) { store in
                do throws(SQLiteStoreFailure) { return try await store.vacuum() } catch { throw Failure(error) }
            }
            try Standard.print(json ? Self.json(done, path).text + "\n" : Self.text(done, path))
        } catch let failure as Failure {
            failure.exit()
        }
    }

    static func text(_ done: SQLiteStoreVacuum, _ path: String) -> String {
        "\(path) takes \(StoreStatsCommand.bytes(done.bytesAfter)); it took \(StoreStatsCommand.bytes(done.bytesBefore)).\n"
    }

    static func json(_ done: SQLiteStoreVacuum, _ path: String) -> RawJSON {
        var json = JSONWriter()
        json.beginObject()
        json.key("path")
        json.value(path)
        json.key("bytes_before")
        json.value(done.bytesBefore)
        json.key("bytes_after")
        json.value(done.bytesAfter)
        json.endObject()
        return json.raw
    }
}
