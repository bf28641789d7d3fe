package import ResponsesCore
import ResponsesAPI

/// `POST /v1/messages`: the wire of Claude Code and the Anthropic SDKs (anthropic-messages).
package struct MessagesWire: Wire {
    package init() {}

    package var framing: StreamFraming { StreamFraming(hasNames: true, endsWithDone: (well: false, failed: false)) }

    package func request(reading body: [UInt8], _ reading: WireReading) throws(APIError) -> WireRequest { throw .missing("messages") }

    package func answer(to error: APIError, requestID: String) -> WireError { WireError(status: error.status, body: []) }
}
