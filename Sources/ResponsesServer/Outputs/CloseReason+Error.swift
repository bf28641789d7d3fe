import ResponsesAPI
import ResponsesCore

extension Connection.CloseReason {
    /// What an HTTP request is answered that has no answer when its connection closes.
    var error: APIError {
        switch self {
        case .lifetimeOver, .shutdown: .shuttingDown
        case .memoryOver: .memoryOver
        }
    }
}
