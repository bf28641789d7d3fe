package import ResponsesCore
import ResponsesAPI

/// `POST /v1/chat/completions`: the wire that most agents speak (chat-completions).
package struct ChatWire: Wire {
    package init() {}

    package var framing: StreamFraming { StreamFraming(hasNames: false, endsWithDone: (well: true, failed: false)) }

    package func request(reading body: [UInt8], _ reading: WireReading) throws(APIError) -> WireRequest { throw .missing("messages") }

    package func answer(to error: APIError, requestID: String) -> WireError { WireError(status: error.status, body: []) }
}
