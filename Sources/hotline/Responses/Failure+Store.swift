import SQLiteStore

extension Failure {
    /// What a command says of a file that it cannot use.
    init(_ failure: SQLiteStoreFailure) {
        let named = "\(Setting.store.flag) sqlite:PATH, or the server's folder with \(Setting.state.flag)"
        switch failure.reason {
        case .missing:
            self.init(message: "there is no file of stored responses at '\(failure.path)'", wayOut: "Name it with \(named).", code: 66)
        case .locked, .busy:
            self.init(
                message: "a server uses '\(failure.path)', so only the server can change it",
                wayOut: "Delete over its API (DELETE /v1/responses/ID), or stop it first.", code: 69)
        case .notAllowed, .full, .failed:
            self.init(
                message: "'\(failure.path)' cannot be used: \(Self.withoutEnd(failure.description))",
                wayOut: "Name another file with \(named).", code: 74)
        case .inTheWay, .notAStore, .corrupt, .newer:
            self.init(
                message: "'\(failure.path)' cannot be used: \(Self.withoutEnd(failure.description))",
                wayOut: "Name another file with \(named).", code: 65)
        }
    }

    /// Our messages have no full stop; what to do stands behind them.
    static func withoutEnd(_ text: String) -> String { text.hasSuffix(".") ? String(text.dropLast()) : text }
}
