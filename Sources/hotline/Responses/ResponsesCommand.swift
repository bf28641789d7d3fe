import ArgumentParser

/// `hotline responses`: what a server has stored, for the person at its machine.
struct ResponsesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "responses", abstract: "List, show, delete or export the responses that a server has stored.",
        discussion: """
            The file is the one that 'hotline serve' would use, by the same flags, variables and configuration file. It holds the responses \
            of all keys, so whoever may read it sees all of them. Reading works while a server runs; to delete, the server must have been \
            stopped, or be asked itself (DELETE /v1/responses/ID).
            """,
        subcommands: [
            ResponsesListCommand.self, ResponsesShowCommand.self, ResponsesDeleteCommand.self, ResponsesExportCommand.self,
        ])
}
