import ResponsesAPI
import Testing

@Suite struct ClientEventHeadTests {
    private func head(_ text: String) throws(APIError) -> ClientEventHead { try ClientEventHead(parsing: Array(text.utf8)) }

    @Test func readsEveryEvent() throws {
        let create = try head(#"{"type":"response.create","stream_id":"a.b-c_1","previous_response_id":"resp_1","input":[{"x":1}]}"#)
        #expect(create.streamID?.rawValue == "a.b-c_1")
        #expect(create.previousResponseID == ResponseID("resp_1"))
        guard case .create = create.event else {
            Issue.record("\(create.event)")
            return
        }

        // The input of a steer is read wherever its type stands.
        for text in [
            #"{"type":"response.steer","previous_response_id":"resp_1","input":"go on"}"#,
            #"{"input":"go on","previous_response_id":"resp_1","type":"response.steer"}"#,
        ] {
            guard case .steer(let id, let input) = try head(text).event else {
                Issue.record("no steer: \(text)")
                continue
            }
            #expect(id == ResponseID("resp_1"))
            #expect(input?.stringValue == "go on")
        }

        guard case .cancel(let id, let lane) = try head(#"{"type":"response.cancel","response_id":"r","stream_id":"l"}"#).event else {
            Issue.record("no cancel")
            return
        }
        #expect(id == ResponseID("r"))
        #expect(lane?.rawValue == "l")

        guard case .cancel(nil, nil) = try head(#"{"type":"response.cancel","response_id":null}"#).event else {
            Issue.record("no cancel of the default lane")
            return
        }
        guard case .processed = try head(#"{"type":"response.processed","response_id":"r"}"#).event else {
            Issue.record("no notification")
            return
        }
        guard case .unknown("session.update") = try head(#"{"session":{},"type":"session.update"}"#).event else {
            Issue.record("no unknown event")
            return
        }
    }

    static let bad: [(json: String, code: ErrorCode, param: String?)] = [
        ("", .invalidJSON, nil), ("{", .invalidJSON, nil), ("hello", .invalidJSON, nil), ("[]", .invalidJSON, nil),
        ("\"response.create\"", .invalidJSON, nil), ("5", .invalidJSON, nil), (#"{"type":"response.create"}}"#, .invalidJSON, nil),
        (#"{"type":"response.create","input":[}"#, .invalidJSON, nil),
        ("{}", .missingRequiredParameter, "type"), (#"{"type":null}"#, .missingRequiredParameter, "type"),
        (#"{"type":5}"#, .invalidType, "type"),
        (#"{"type":"response.create","stream_id":""}"#, .invalidStreamID, "stream_id"),
        (#"{"type":"response.create","stream_id":"a/b"}"#, .invalidStreamID, "stream_id"),
        (#"{"stream_id":7,"type":"response.create"}"#, .invalidStreamID, "stream_id"),
        (#"{"type":"response.cancel","stream_id":"\#(String(repeating: "x", count: 257))"}"#, .invalidStreamID, "stream_id"),
    ]

    @Test(arguments: bad.indices)
    func refuses(_ index: Int) {
        let (json, code, param) = Self.bad[index]
        let error = problem { () throws(APIError) in _ = try head(json) }
        #expect(error?.code == code)
        #expect(error?.param == param)
    }

    @Test func takesNullAsAbsent() throws {
        let create = try head(#"{"type":"response.create","stream_id":null,"previous_response_id":null}"#)
        #expect(create.streamID == nil)
        #expect(create.previousResponseID == nil)
    }

    /// A wrong type of the parent is reported by the request itself, which knows the path.
    @Test func leavesTheRestToTheRequest() throws {
        #expect(try head(#"{"type":"response.create","previous_response_id":5}"#).previousResponseID == nil)
    }

    @Test func takesNamesOfLanesToTheirLimits() {
        #expect(StreamID("a") != nil)
        #expect(StreamID(String(repeating: "a", count: 256)) != nil)
        #expect(StreamID("AZaz09_-.") != nil)
        for wrong in ["", String(repeating: "a", count: 257), "a b", "é", "a\n", "a/b", "a:b"] { #expect(StreamID(wrong) == nil) }
    }
}
