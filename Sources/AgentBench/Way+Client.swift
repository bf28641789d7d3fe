import ResponsesClient

extension Way {
    var transport: ResponsesClient.Transport {
        switch self {
        case .httpFull, .httpContinued, .chat, .messages: .http
        case .webSocket, .webSocketWarm: .automatic
        }
    }

    /// How every turn has to travel for the figures to be about this way.
    var deliveredBy: Delivery.Transport {
        switch self {
        case .httpFull, .httpContinued, .chat, .messages: .http
        case .webSocket, .webSocketWarm: .webSocket
        }
    }

    var store: Bool { self == .httpContinued }

    /// Whether turns after the first send only what is new.
    var sendsIncrements: Bool { self != .httpFull && resendingWire == nil }

    /// The wire other than that of the Responses API.
    var resendingWire: ResendingWire? {
        switch self {
        case .chat: .chat
        case .messages: .messages
        case .httpFull, .httpContinued, .webSocket, .webSocketWarm: nil
        }
    }
}
