import ChatWire
import ResponsesCore
import Testing

@Suite("Chat: framing")
struct ChatFramingTests {
    @Test("records have no names, and only what ended well ends with [DONE]")
    func framing() {
        let framing = ChatWire().framing
        #expect(!framing.hasNames)
        #expect(framing.endsWithDone == (well: true, failed: false))
    }
}
