import MessagesWire
import ResponsesCore
import Testing

@Suite("Messages: framing")
struct MessagesFramingTests {
    @Test("records have names, and no stream ends with [DONE]")
    func framing() {
        let framing = MessagesWire().framing
        #expect(framing.hasNames)
        #expect(framing.endsWithDone == (well: false, failed: false))
    }
}
