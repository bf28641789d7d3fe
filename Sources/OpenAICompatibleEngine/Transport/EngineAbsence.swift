/// Why an engine cannot answer now and may soon.
enum EngineAbsence: Sendable, Hashable {
    /// It says that it loads its model.
    case loading(retryAfterSeconds: Int?)
    /// It answers 503 and does not say why: what stands in front of an engine that starts does so.
    case unexplained(retryAfterSeconds: Int?)
    /// Nothing listens there.
    case refused
    /// It closed the connection before it had said anything of use.
    case hungUp

    var retryAfterSeconds: Int? {
        switch self {
        case .loading(let seconds), .unexplained(let seconds): seconds
        case .refused, .hungUp: nil
        }
    }

    /// For the log.
    var word: String {
        switch self {
        case .loading: "loading"
        case .unexplained: "unavailable"
        case .refused: "refused"
        case .hungUp: "hung up"
        }
    }
}
