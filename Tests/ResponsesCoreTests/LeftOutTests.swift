import ResponsesCore
import ResponsesTesting
import Testing

/// What the engine does not see is reported, once a type and connection.
struct LeftOutTests {
    @Test func aTypeIsReportedOnce() {
        let connection = InMemoryConnection()
        let tools = #""tools":[{"type":"web_search"},{"type":"function","name":"f"},{"type":"web_search"},{"type":"mcp","x":1}]"#
        for _ in 0..<3 {
            connection.create("hello", tools)
            connection.answer(.say("ok"))
        }
        #expect(connection.leftOut.map { "\($0.kind) \($0.type)" } == ["tool web_search", "tool mcp"])
    }

    @Test func everyConnectionReports() {
        let process = InMemoryProcess()
        for _ in 0..<2 {
            let connection = InMemoryConnection(process)
            connection.create("hello", #""tools":[{"type":"web_search"}]"#)
            #expect(connection.leftOut.count == 1)
        }
    }

    /// A type is the client's own text: what does not look like a type must not reach the log.
    @Test(arguments: ["my secret", "Secret", "schlüssel", String(repeating: "a", count: 41)]) func onlyTypesAreReported(type: String) {
        let connection = InMemoryConnection()
        connection.create("hello", #""tools":[{"type":"\#(type)"}]"#)
        #expect(connection.leftOut.map(\.type) == ["other"])
    }

    @Test func aClientThatInventsTypesIsNotFollowed() {
        let connection = InMemoryConnection()
        for round in 0..<100 { connection.create("hello", #""tools":[{"type":"t_\#(round)"}]"#) }
        for _ in 0..<100 { connection.answer(.say("ok")) }
        #expect(connection.leftOut.count == 32)
    }
}
