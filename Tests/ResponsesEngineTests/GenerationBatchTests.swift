import ResponsesAPI
import ResponsesEngine
import Testing

@Suite struct GenerationBatchTests {
    @Test func textsStandBackToBackInOneArray() {
        var batch = GenerationBatch()
        batch.append(text: "a \"b\"\n")
        batch.append(reasoning: "é")
        batch.append(call: 0, ToolCallHead(kind: .function, name: "f"))
        batch.append(call: 0, input: "{}")
        #expect(String(decoding: batch.escaped, as: UTF8.self) == #"a \"b\"\né{}"#)
        guard case .text(let text) = batch.events[0], case .toolInput(0, let input) = batch.events[3] else {
            Issue.record("wrong events")
            return
        }
        #expect(batch.string(text) == "a \"b\"\n")
        #expect(batch.string(input) == "{}")
    }

    @Test func emptyAgainKeepsNothing() {
        var batch = GenerationBatch()
        batch.append(text: "x")
        batch.append(usage: Usage())
        batch.removeAll()
        #expect(batch.isEmpty && batch.escaped.isEmpty)
    }
}

@Suite struct EngineErrorTests {
    static let table: [(EngineError.Kind, Int, String, ErrorCode?)] = [
        (.invalidRequest, 400, "invalid_request_error", nil),
        (.contextLengthExceeded, 400, "invalid_request_error", .contextLengthExceeded),
        (.modelNotFound, 404, "invalid_request_error", .modelNotFound),
        (.unauthorized, 502, "server_error", .engineUnavailable),
        (.rateLimited, 429, "rate_limit_error", .rateLimitExceeded),
        (.quotaExceeded, 429, "insufficient_quota", .insufficientQuota),
        (.overloaded, 503, "server_error", .serverIsOverloaded),
        (.unavailable, 502, "server_error", .engineUnavailable),
        (.timeout, 504, "server_error", .engineTimeout),
        (.interrupted, 502, "server_error", .serverError),
        (.failed, 502, "server_error", .serverError),
    ]

    @Test(arguments: table)
    func clientsSeeTheStandardsStatusAndCode(kind: EngineError.Kind, status: Int, type: String, code: ErrorCode?) {
        let error = EngineError(kind, "What happened.", retryAfterSeconds: 7).apiError
        #expect(error.status == status)
        #expect(error.type == type)
        #expect(error.code == code)
        #expect(error.message == "What happened.")
    }

    @Test func whatIsForTheLogDoesNotReachClients() {
        for (kind, _, _, _) in Self.table {
            let error = EngineError(kind, "What happened.", detail: "the engine's words", httpStatus: 599).apiError
            let body = String(decoding: error.httpBody, as: UTF8.self)
            #expect(!body.contains("words") && error.status != 599)
            #expect(error == EngineError(kind, "What happened.").apiError)
        }
    }

    @Test func aFieldAtFaultIsNamed() {
        #expect(EngineError(.invalidRequest, "m", param: "tools[0].name").apiError.param == "tools[0].name")
        #expect(EngineError(.contextLengthExceeded, "m").apiError.param == "input")
        #expect(EngineError(.modelNotFound, "m").apiError.param == "model")
    }
}
