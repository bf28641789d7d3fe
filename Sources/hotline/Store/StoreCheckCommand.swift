import ArgumentParser
import ResponsesAPI
import SQLiteStore

/// `hotline store check`: looks through the whole file.
struct StoreCheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Look through the whole file for damage.",
        discussion: "Ends with 0 when the file is whole, with 1 when something in it is wrong, with 66 when there is none.")

    @Flag(help: "Print a JSON object.")
    var json = false

    @OptionGroup var place: StoreFlags

    func run() async throws {
        let isWhole: Bool
        do {
            let path = try place.path()
            let found = try Self.check(path)
            try Standard.print(json ? Self.json(found, path).text + "\n" : Self.text(found, path))
            isWhole = found.isWhole
        } catch let failure as Failure {
            failure.exit()
        }
        if !isWhole { throw ExitCode(1) }
    }

    /// A file too damaged to be opened has that one problem.
    private static func check(_ path: String) throws(Failure) -> SQLiteStoreCheck {
        do throws(SQLiteStoreFailure) {
            return try SQLiteStoreInspection(path: path).check()
        } catch {
            guard error.reason == .corrupt || error.reason == .notAStore else { throw Failure(error) }
            var found = SQLiteStoreCheck()
            found.problems = [error.description]
            return found
        }
    }

    static func text(_ found: SQLiteStoreCheck, _ path: String) -> String {
        guard !found.isWhole else {
            return "\(path) is whole: \(found.responses) responses, \(found.conversations) conversations.\n"
        }
        let count = found.problems.count
        let said = found.hasMoreProblems ? "more than \(count) problems" : count == 1 ? "a problem" : "\(count) problems"
        return "\(path) has \(said):\n" + found.problems.map { "  \($0)\n" }.joined()
            + "'hotline responses export' saves what can be read, and 'hotline responses delete' takes out what cannot.\n"
    }

    static func json(_ found: SQLiteStoreCheck, _ path: String) -> RawJSON {
        var json = JSONWriter()
        json.beginObject()
        json.key("path")
        json.value(path)
        json.key("is_whole")
        json.value(found.isWhole)
        json.key("responses")
        json.value(found.responses)
        json.key("conversations")
        json.value(found.conversations)
        json.key("problems")
        json.beginArray()
        for problem in found.problems { json.value(problem) }
        json.endArray()
        json.key("has_more_problems")
        json.value(found.hasMoreProblems)
        json.endObject()
        return json.raw
    }
}
