import SQLiteStore

extension Failure {
    /// What a command says of a file that it cannot use.
    init(_ failure: SQLiteStoreFailure) {
        let other = "Name another file with \(Setting.store.flag) sqlite:PATH, or the server's folder with \(Setting.state.flag)."
        let check = "'hotline store check' names what is damaged"
        switch failure.reason {
        case .missing: self.init(message: Self.words(failure.description), wayOut: other, code: 66)
        case .locked:
            self.init(
                message: "a server uses '\(failure.path)', so only the server can change it",
                wayOut: "Stop it first; to delete single responses, ask it (DELETE /v1/responses/ID).", code: 69)
        case .busy: self.init(message: Self.words(failure.description), wayOut: "Start the command again.", code: 69)
        case .notAllowed: self.init(message: Self.words(failure.description), wayOut: other, code: 74)
        case .full:
            self.init(message: Self.words(failure.description), wayOut: "Make room on the disk, and start the command again.", code: 74)
        case .failed: self.init(message: Self.words(failure.description), wayOut: "Look after the disk; \(check).", code: 74)
        case .damaged:
            self.init(
                message: Self.words(failure.description),
                wayOut: "Restore the file from a copy, or take the response out with 'hotline responses delete'; \(check).", code: 65)
        case .corrupt:
            self.init(
                message: Self.words(failure.description),
                wayOut: "\(check), and 'hotline responses export' saves what can be read.", code: 65)
        case .inTheWay, .notAStore, .newer: self.init(message: Self.words(failure.description), wayOut: other, code: 65)
        }
    }

    /// A library's sentence as our messages are: without an end, and begun small.
    static func words(_ sentence: String) -> String {
        let words = sentence.hasSuffix(".") ? String(sentence.dropLast()) : sentence
        guard let first = words.first, let second = words.dropFirst().first, second.isLowercase else { return words }
        return first.lowercased() + words.dropFirst()
    }
}
