/// How one client is connected: what it is, which protocol it speaks, and what is to be written where.
struct ClientGuide: Sendable {
    /// What `hotline connect` is given.
    let name: String
    let title: String
    /// Which the server must have.
    let wire: SpokenProtocol
    /// What is written, and in which language.
    let form: Form
    /// Where it belongs, and how the client is started then. For people.
    let place: String
    /// Ends with a line break. Holds no key: each client is told in which variable it is.
    let text: @Sendable (ServedModel) -> String

    enum Form: String, Sendable {
        case toml, json, yaml, shell, python, javaScript, swift
        /// Fields of a dialog.
        case fields
    }

    /// The variable that holds the key for the server, in every configuration.
    static let keyVariable = "HOTLINE_API_KEY"

    static let all = agents + others + editors + libraries + otherLibraries

    static func named(_ name: String) -> ClientGuide? { all.first { $0.name == name } }
}
