/// A response of a hand-written server.
enum Canned {
    static func response(_ status: String = "completed", id: String = "resp_1") -> String {
        #"{"id":"\#(id)","object":"response","status":"\#(status)","model":"m","output":[{"type":"message","id":"msg_1","role":"assistant","status":"completed","content":[{"type":"output_text","text":"hi","annotations":[]}]}]}"#
    }

    static func event(_ json: String, name: String? = nil) -> String {
        (name.map { "event: \($0)\n" } ?? "") + "data: \(json)\n\n"
    }

    static let created = event(#"{"type":"response.created","sequence_number":0,"response":\#(response("in_progress"))}"#)
    static func delta(_ text: String) -> String {
        event(#"{"type":"response.output_text.delta","item_id":"msg_1","output_index":0,"content_index":0,"delta":"\#(text)"}"#)
    }
    static func end(_ status: String = "completed") -> String {
        event(#"{"type":"response.\#(status)","sequence_number":9,"response":\#(response(status))}"#)
    }
    static let unknown = event(#"{"type":"response.something_new","x":1}"#)
    static let done = "data: [DONE]\n\n"
}
