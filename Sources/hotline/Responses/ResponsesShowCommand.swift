import ArgumentParser
import LibC
import ResponsesAPI
import ResponsesStore

/// `hotline responses show`: one response as the API gives it.
struct ResponsesShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Print a stored response as JSON.")

    @Argument(help: "The response's id.")
    var id: String

    @Flag(help: "Print the items that its turn was given as well: an object of 'response' and 'input'.")
    var input = false

    @Flag(help: "Print it on one line; without this it is indented for a terminal.")
    var json = false

    @OptionGroup var place: StoreFlags

    func run() async throws {
        do {
            try show()
        } catch let failure as Failure {
            failure.exit()
        }
    }

    private func show() throws {
        let responses = try StoredResponses(path: try place.path())
        guard let record = try responses.record(ResponseID(id)) else {
            throw Failure(
                message: "no response '\(id)' is stored", wayOut: "'hotline responses list' shows what is.", code: 1)
        }
        let value = input ? ExportedResponse.json(record) : record.whole.onOneLine
        try Standard.print(json || isatty(STDOUT_FILENO) != 1 ? PrettyJSON.line(value) : PrettyJSON.text(value))
    }
}
