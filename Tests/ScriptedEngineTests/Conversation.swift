import ResponsesAPI
import ResponsesEngine
import ResponsesTesting
import ScriptedEngine

/// A chain as the server keeps it, in a few lines: prompts extended turn by turn, outputs made into items.
struct Conversation {
    let engine: ScriptedEngine
    private(set) var items: [Item] = []
    private(set) var prompt: ScriptedPrompt
    /// Settings of the turns to come.
    var settings: GenerationRequest<ScriptedPrompt>

    init(_ engine: ScriptedEngine = ScriptedEngine()) throws {
        self.engine = engine
        prompt = try engine.dialect.extend(nil, with: [])
        settings = GenerationRequest(model: "scripted", prompt: prompt)
    }

    mutating func add(_ new: [Item]) throws {
        prompt = try engine.dialect.extend(prompt, with: new)
        items += new
    }

    mutating func add(user text: String) throws { try add([.userMessage(JSONText(text))]) }

    /// Answers calls, each with `output`.
    mutating func answer(_ calls: [RecordedGeneration.Call], _ output: String = "found") throws {
        try add(
            calls.map { call in
                let type = call.head.kind == .function ? "function_call_output" : "custom_tool_call_output"
                return try item(
                    #"{"type":"\#(type)","call_id":"\#(call.head.callID ?? "")","output":"\#(output)"}"#)
            })
    }

    var request: GenerationRequest<ScriptedPrompt> {
        var request = settings
        request.prompt = prompt
        return request
    }

    /// One turn; what it made is in the conversation afterwards.
    @discardableResult
    mutating func turn(_ text: String? = nil) async throws -> RecordedGeneration {
        if let text { try add(user: text) }
        let sink = RecordingSink()
        let generation = sink.generation(try await engine.generate(request, into: sink))
        try add(try outputItems(of: generation))
        return generation
    }

    static func tools(_ json: RawJSON) throws -> ToolSet { try ToolSet(json) }
}

func item(_ json: String) throws -> Item { try Item(RawJSON(parsing: json)) }

/// What the server makes of a generation: items with ids and states.
func outputItems(of generation: RecordedGeneration) throws -> [Item] {
    var items: [Item] = []
    if !generation.reasoning.isEmpty {
        items.append(
            try item(
                #"{"type":"reasoning","id":"rs_1","summary":[],"content":[{"type":"reasoning_text","text":"#
                    + quoted(generation.reasoning) + "}]}"))
    }
    if !generation.text.isEmpty {
        items.append(
            try item(
                #"{"type":"message","id":"msg_1","status":"completed","role":"assistant","content":[{"type":"output_text","#
                    + #""annotations":[],"logprobs":[],"text":"# + quoted(generation.text) + "}]}"))
    }
    for call in generation.calls {
        let isFunction = call.head.kind == .function
        items.append(
            try item(
                #"{"type":"\#(isFunction ? "function_call" : "custom_tool_call")","id":"fc_1","status":"completed","#
                    + #""call_id":"\#(call.head.callID ?? "")","name":"\#(call.head.name)","#
                    + (isFunction ? #""arguments":"# : #""input":"#) + quoted(call.input) + "}"))
    }
    return items
}

private func quoted(_ text: String) -> String {
    "\"" + String(decoding: JSONText(text).escaped, as: UTF8.self) + "\""
}

let lookupTools: RawJSON = #"""
    [{"type":"function","name":"lookup","parameters":{"type":"object","properties":{"key":{"type":"string"}},"required":["key"]}},
     {"type":"function","name":"weather","parameters":{"type":"object","properties":{"days":{"type":"integer","minimum":1}},
      "required":["days"]}},
     {"type":"custom","name":"shell"},
     {"type":"web_search"},
     {"type":"namespace","name":"desk","tools":[{"type":"function","name":"find"}]}]
    """#
