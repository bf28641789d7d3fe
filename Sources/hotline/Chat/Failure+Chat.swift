import TerminalChat

extension Failure {
    /// Adds to what is wrong which flag it concerns, what to do, and the exit code.
    init(_ failure: ChatFailure) {
        let message = String(describing: failure)
        switch failure {
        case .badSetting(let setting, _, let wayOut):
            self = .badSetting(
                (setting.flag.map { "\($0): " } ?? "") + message, wayOut ?? "See 'hotline chat --help'.")
        case .nothingListens:
            self.init(
                message: message, wayOut: "Start a server with 'hotline serve', or point --url or HOTLINE_SERVER at a running one.", code: 69)
        case .keyRefused:
            self.init(message: message, wayOut: "Give the right one with --key or HOTLINE_API_KEY.", code: 77)
        case .noModel:
            self.init(message: message, wayOut: "Name one with --model.", code: 69)
        case .modelsNotListed:
            self.init(message: message, wayOut: "Check that --url is right, or name a model with --model.", code: 69)
        case .terminalNotUsable:
            self.init(message: message, wayOut: "Ask one question instead: hotline chat PROMPT.", code: 71)
        }
    }

    // The same for 'hotline bench', which asks a server for its models too.

    static func wrongKey(_ reason: String) -> Failure { Failure(.keyRefused(reason: reason)) }
    static func noModels(_ url: String) -> Failure { Failure(.noModel(url: url)) }
    static func serverFails(_ url: String, _ reason: String) -> Failure { Failure(.modelsNotListed(url: url, reason: reason)) }
}
