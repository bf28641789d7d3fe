/// What a client says on the socket, by its `type` (websocket-mode 4). Only the head is read here.
public enum ClientEvent: Sendable {
    /// The whole event is a `CreateRequest`; parsed by the caller, who may have tools to reuse.
    case create
    case steer(previousResponseID: ResponseID?, input: RawJSON?)
    case cancel(responseID: ResponseID?, streamID: StreamID?)
    /// A notification that gets no answer (websocket-mode 4.5).
    case processed
    case unknown(type: String)
}
