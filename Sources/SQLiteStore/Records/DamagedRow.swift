import ResponsesAPI

/// A row that is not as the store writes them: the file is damaged where SQLite does not see it.
struct DamagedRow: Error {
    /// The response of which it is, where that is known.
    var response: ResponseID?

    /// What an operator reads of it, without its end.
    var sentence: String {
        response.map { "the database is damaged: the response '\($0.rawValue)' cannot be read" }
            ?? "the database is damaged: a row of it cannot be read"
    }
}
