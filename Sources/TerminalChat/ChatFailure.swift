/// Why a chat cannot begin: what is wrong, and with which setting. What the user types to change it, the caller adds.
package enum ChatFailure: Error, Hashable {
    /// The value of a setting cannot be used. `problem` has no full stop, `wayOut` is a sentence.
    case badSetting(ChatSetting, problem: String, wayOut: String?)
    /// `authority` is `HOST:PORT`.
    case nothingListens(authority: String)
    case keyRefused(reason: String)
    case noModel(url: String)
    case modelsNotListed(url: String, reason: String)
    case terminalNotUsable
}

extension ChatFailure: CustomStringConvertible {
    /// What is wrong, without a full stop.
    package var description: String {
        switch self {
        case .badSetting(_, let problem, _): problem
        case .nothingListens(let authority): "nothing listens on \(authority)"
        case .keyRefused(let reason): "the server refuses the key: \(reason)"
        case .noModel(let url): "the server at \(url) lists no model"
        case .modelsNotListed(let url, let reason): "the server at \(url) does not list its models: \(reason)"
        case .terminalNotUsable: "the terminal cannot be set up for editing lines"
        }
    }
}
