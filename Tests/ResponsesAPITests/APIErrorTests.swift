import ResponsesAPI
import Testing

@Suite struct APIErrorTests {
    /// Errors as servers send them, and what is read.
    static let shapes: [(json: String, error: APIError)] = [
        // The socket's frame (websocket-mode 6.2)
        (
            #"{"type":"error","status":400,"stream_id":"build","error":{"type":"invalid_request_error","code":"previous_response_not_found","message":"Gone.","param":"previous_response_id"}}"#,
            APIError(status: 400, type: "invalid_request_error", code: .previousResponseNotFound, message: "Gone.", param: "previous_response_id")
        ),
        (
            #"{"type":"error","status_code":503,"error":{"type":"server_error","code":"server_is_overloaded","message":"Busy."},"headers":{"Retry-After":"7"}}"#,
            APIError(status: 503, type: "server_error", code: .serverIsOverloaded, message: "Busy.", retryAfterSeconds: 7)
        ),
        (
            #"{"type":"error","status":429,"error":{"type":"rate_limit_error","code":"rate_limit_exceeded","message":"Slow.","headers":{"retry-after":1.2}}}"#,
            APIError(status: 429, type: "rate_limit_error", code: .rateLimitExceeded, message: "Slow.", retryAfterSeconds: 2)
        ),
        // Without a type, as one provider has it
        (
            #"{"type":"error","status":401,"error":{"code":"invalid_api_key","message":"No."}}"#,
            APIError(status: 401, type: "authentication_error", code: .invalidAPIKey, message: "No.")
        ),
        // Without a status: from the code, from the type, or a failure of the server
        (
            #"{"type":"error","error":{"type":"rate_limit_error","code":null,"message":"Slow."}}"#,
            APIError(status: 429, type: "rate_limit_error", code: nil, message: "Slow.")
        ),
        (
            #"{"type":"error","error":{"code":"server_is_overloaded","message":"Busy."}}"#,
            APIError(status: 503, type: "server_error", code: .serverIsOverloaded, message: "Busy.")
        ),
        (#"{"type":"error"}"#, APIError(status: 500, type: "server_error", code: nil, message: "The server sent an error without a message.")),
        // Flat, over SSE
        (
            #"{"type":"error","code":"server_error","message":"Broken.","param":null,"sequence_number":3}"#,
            APIError(status: 500, type: "server_error", code: .serverError, message: "Broken.")
        ),
        (
            #"{"type":"error","error_type":"invalid_request_error","code":"invalid_value","message":"No.","param":"x"}"#,
            APIError(status: 400, type: "invalid_request_error", code: .invalidValue, message: "No.", param: "x")
        ),
        // Both at once
        (
            #"{"type":"error","code":"a","message":"flat","param":null,"error":{"type":"server_error","code":"b","message":"nested","param":null}}"#,
            APIError(status: 500, type: "server_error", code: "b", message: "nested")
        ),
        // Another name for the event
        (
            #"{"type":"response.error","error":{"type":"invalid_request_error","message":"No."}}"#,
            APIError(status: 400, type: "invalid_request_error", code: nil, message: "No.")
        ),
        (
            #"{"type":"response.error","response":{"id":"r","error":{"code":"server_error","message":"No."}}}"#,
            APIError(status: 500, type: "server_error", code: .serverError, message: "No.")
        ),
        // A missing parent, recognised by its text alone
        (
            #"{"type":"error","status":400,"error":{"type":"invalid_request_error","message":"Invalid previous_response_id."}}"#,
            APIError(status: 400, type: "invalid_request_error", code: .previousResponseNotFound, message: "Invalid previous_response_id.")
        ),
        // HTTP bodies, of the API and of engines
        (
            #"{"error":{"message":"Bad.","type":"invalid_request_error","param":"input","code":null}}"#,
            APIError(status: 400, type: "invalid_request_error", code: nil, message: "Bad.", param: "input")
        ),
        (
            #"{"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}"#,
            APIError(status: 503, type: "unavailable_error", code: nil, message: "Loading model")
        ),
        (#"{"error":"model not found"}"#, APIError(status: 500, type: "server_error", code: nil, message: "model not found")),
        (#"{"detail":"Not Found"}"#, APIError(status: 500, type: "server_error", code: nil, message: "Not Found")),
        (#"{"message":"m","type":"permission_error"}"#, APIError(status: 403, type: "permission_error", code: nil, message: "m")),
        // Nothing of an error at all
        ("[]", APIError(status: 500, type: "server_error", code: nil, message: "The server sent an error without a message.")),
        (#"{"type":"error","status":200,"error":5}"#, APIError(status: 500, type: "server_error", code: nil, message: "The server sent an error without a message.")),
    ]

    @Test(arguments: shapes.indices)
    func readsEveryShape(_ index: Int) throws {
        let (json, expected) = Self.shapes[index]
        #expect(APIError(reading: try RawJSON(parsing: json)) == expected)
    }

    @Test func prefersTheStatusOfTheAnswer() {
        #expect(APIError(reading: #"{"error":"no such model"}"#, status: 404).status == 404)
        #expect(APIError(reading: #"{"error":"no such model"}"#, status: 404).type == "invalid_request_error")
    }

    @Test func writesTheFrame() throws {
        let error = APIError(status: 429, type: "rate_limit_error", code: .responseQueueFull, message: "Full.", retryAfterSeconds: 3)
        var json = JSONWriter()
        error.writeFrame(streamID: StreamID("a"), to: &json)
        // Headers stand inside and beside the error: clients read one or the other.
        #expect(
            json.raw.text
                == #"{"type":"error","status":429,"stream_id":"a","error":{"type":"rate_limit_error","code":"response_queue_full","message":"Full.","param":null,"headers":{"retry-after":"3"}},"headers":{"retry-after":"3"}}"#)
        #expect(APIError(reading: json.raw) == error)
        #expect(
            String(decoding: APIError.missing("input[0].type").httpBody, as: UTF8.self)
                == #"{"error":{"type":"invalid_request_error","code":"missing_required_parameter","message":"Missing required parameter: 'input[0].type'.","param":"input[0].type"}}"#)
    }

    @Test func buildsPaths() {
        let error = APIError.missing("call_id").under("[2]").under("input")
        #expect(error.param == "input[2].call_id")
        #expect(error.message == "Missing required parameter: 'input[2].call_id'.")
        #expect(APIError.invalidRequest(nil, "No.").under("tools").param == "tools")
        #expect(APIError.missing("[1]").under("a").param == "a[1]")
        #expect(APIError.invalidRequest(.invalidJSON, "No.").under("input").param == nil)
    }
}
