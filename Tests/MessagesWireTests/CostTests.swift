import MessagesWire
import ResponsesAPI
import ResponsesCore
import ResponsesTesting
import Testing

/// What a client can make the reading of a request cost, and what a known history must not hide.
@Suite("Messages: limits of a request") struct CostTests {
    private func read(_ body: String, _ memory: PrefixMemory? = nil) throws(APIError) -> WireRequest {
        let history = HistoryReader(memory, of: .anybody, wire: "messages", at: .zero)
        return try MessagesWire().request(reading: Array(body.utf8), WireReading(history: history))
    }

    @Test("blocks of very many unknown types are one item each")
    func unknownTypes() throws {
        let blocks = (0..<20_000).map { #"{"type":"zz\#($0)"}"# }.joined(separator: ",")
        let body = #"{"model":"m","max_tokens":5,"messages":[{"role":"user","content":[\#(blocks),{"type":"text","text":"a"}]}]}"#
        #expect(try read(body).create.input.count == 20_001)
    }

    @Test("a tool that is referred to often is brought in once")
    func references() throws {
        let references = Array(repeating: #"{"type":"tool_reference","tool_name":"late"}"#, count: 100).joined(separator: ",")
        let body = #"""
            {"model":"m","max_tokens":5,"tools":[{"name":"find","input_schema":{}},{"name":"late","input_schema":{},"defer_loading":true}],
            "messages":[{"role":"user","content":"go"},{"role":"assistant","content":[{"type":"tool_use","id":"t1","name":"find","input":{}}]},
            {"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","content":[\#(references)]}]}]}
            """#
        let tools = try read(body).create.input.filter(\.bringsTools)
        #expect(tools.reduce(0) { $0 + ($1.json["tools"]?.elements.count ?? 0) } == 1)
    }

    @Test("stop strings are words")
    func stopStrings() {
        let long = String(repeating: "a", count: 257)
        let body = #"{"model":"m","max_tokens":5,"stop_sequences":["\#(long)"],"messages":[{"role":"user","content":"a"}]}"#
        let error = #expect(throws: APIError.self) { try read(body) }
        #expect(error?.param == "stop_sequences[0]")
    }

    @Test("messages that name tools are read anew when the tools changed")
    func changedTools() throws {
        let memory = PrefixMemory(keptFor: .seconds(60), bytesMax: 1 << 20, ownerShare: 1, account: MemoryAccount())
        let messages = #"""
            {"role":"user","content":"go"},{"role":"assistant","content":[{"type":"tool_use","id":"t1","name":"find","input":{}}]},
            {"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","content":[{"type":"tool_reference","tool_name":"late"}]}]}
            """#
        let find = #"{"name":"find","input_schema":{"type":"object"}}"#
        func body(_ tools: String, _ more: String = "") -> String {
            #"{"model":"m","max_tokens":5,"tools":[\#(tools)],"messages":[\#(messages)\#(more)]}"#
        }
        let late = #"{"name":"late","input_schema":{"type":"object"},"defer_loading":true}"#
        let first = try read(body(find), memory)
        let ticket = try #require(first.history.ticket)
        let dialect = ListDialect()
        let rendering = DialectRendering(dialect, try dialect.extend(nil, with: []))
        let node = ChainNode(
            id: "resp_1", parent: nil, input: EnteredItems(first.create.input.map(\.json)),
            output: [Item.message(.assistant, [.outputText("so")]).json], rendering: rendering, renderedBytes: 0, openCalls: [],
            isStored: false, account: memory.nodes.account(of: .anybody))
        memory.insert(node, of: .anybody, at: .zero, under: ticket)
        let more = #",{"role":"assistant","content":"so"},{"role":"user","content":"on"}"#
        #expect(try read(body(find, more), memory).history.parent === node)
        let changed = try read(body("\(find),\(late)", more), memory)
        #expect(changed.history.parent == nil)
        #expect(changed.create.input.contains { $0.bringsTools })
    }
}
