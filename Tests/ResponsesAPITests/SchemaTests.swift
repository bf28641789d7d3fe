import Foundation
import ResponsesAPI
import Testing

/// The wire types against the published schemas. They are not part of this package: the suite runs where the folder
/// `shared/spec` lies beside it, and is reported as skipped elsewhere.
@Suite(.enabled(if: Schemas.areThere, "needs the published schemas in ../shared/spec"))
struct SchemaTests {
    @Test(arguments: [
        ("openai-responses.openapi.json", "CreateResponse"), ("openresponses-2026-04-24.openapi.json", "CreateResponseBody"),
    ])
    func everyRequestFieldIsReadOrKept(_ file: String, _ name: String) throws {
        let schemas = try Schemas(file)
        let properties = schemas.properties(of: try schemas.named(name))
        #expect(properties.count > 20)
        for property in properties {
            // An empty `include` says nothing and is not written back.
            let sample: JSONValue =
                switch property.name {
                case "include": ["x"]
                // The schema has any text for the type, and knows one.
                case "context_management": [["type": "compaction", "compact_threshold": 1000]]
                default: schemas.sample(property.value)
                }
            var body = JSONValue.object([.init(property.name, sample)])
            let request = try CreateRequest(parsing: body.raw.bytes)
            // A string for input is written as the message it stands for.
            if property.name == "input" { body = ["input": [JSONValue(Item.userMessage("x").json)]] }
            #expect(try tree(request.encoded(as: .all)) == tree(body.raw), "\(property.name)")
        }
    }

    static let itemUnions = [
        ("openai-responses.openapi.json", "InputItem"), ("openai-responses.openapi.json", "OutputItem"),
        ("openai-responses.openapi.json", "ItemResource"), ("openai-responses.openapi.json", "ConversationItem"),
        ("openai-responses.openapi.json", "ItemField"), ("openresponses-2026-04-24.openapi.json", "ItemParam"),
        ("openresponses-2026-04-24.openapi.json", "ItemField"),
    ]

    @Test(arguments: itemUnions)
    func everyItemIsAccepted(_ file: String, _ union: String) throws {
        let schemas = try Schemas(file)
        let items = schemas.alternatives(of: try schemas.named(union))
        #expect(items.count >= 5)
        for item in items {
            var sample = schemas.sample(item)
            // The schema leaves out what the reference demands, and lists roles that no request may have.
            if sample["type"]?.stringValue == "function_call_output" { sample["call_id"] = "call_1" }
            if sample["role"]?.stringValue == "unknown" { sample["role"] = "user" }
            do {
                let read = try Item(sample.raw)
                #expect(read.json == sample.raw)
                #expect(read.type == sample["type"]?.stringValue ?? (sample["role"] == nil ? "item_reference" : "message"))
            } catch {
                Issue.record("\(union): \(error.message): \(sample.raw.text)")
            }
        }
    }

    @Test func everyToolIsAccepted() throws {
        for (file, union) in [("openai-responses.openapi.json", "Tool"), ("openresponses-2026-04-24.openapi.json", "ResponsesToolParam")] {
            let schemas = try Schemas(file)
            let schema = try schemas.named(union)
            for tool in schemas.alternatives(of: schema) {
                let sample = schemas.sample(tool)
                #expect(try tree(Tool(sample.raw).wire) == tree(sample.raw), "\(sample.raw.text)")
            }
        }
    }

    @Test func everyContentPartIsAccepted() throws {
        let schemas = try Schemas("openai-responses.openapi.json")
        for union in ["InputContent", "OutputContent", "OutputMessageContent"] {
            for part in schemas.alternatives(of: try schemas.named(union)) {
                let sample = schemas.sample(part)
                // By the schema an image or a file needs no source; by the prose it does.
                let isEmpty = ["input_image", "input_file"].contains(sample["type"]?.stringValue ?? "")
                if !isEmpty { #expect(throws: Never.self) { try ContentPart(sample.raw) } }
            }
        }
    }

    /// The list of events names their members; what these hold follows from the name.
    @Test func everyEventIsRead() throws {
        let events = JSONValue(try Schemas.read("stream-events.json")).members
        #expect(events.count >= 60)
        for event in events {
            let type = event.name == "error (WebSocket)" ? "error" : event.name
            for source in event.value.members {
                let required = source.value["required"]?.elements.compactMap(\.stringValue) ?? []
                let optional = source.value["optional"]?.elements.compactMap(\.stringValue) ?? []
                let members = (required + optional).map { JSONValue.Member($0, memberSample($0, of: type)) }
                let read = try ServerEvent(JSONValue.object(members).raw)
                #expect(read.type == type)
                #expect(read.body != .other, "\(type) by \(source.name)")
                #expect(read.sequenceNumber == (members.contains { $0.name == "sequence_number" } ? 7 : nil))
                try checkRequired(type, required, members)
            }
        }
    }

    /// An event without one of its required members is refused by that name, apart from those that servers leave out.
    private func checkRequired(_ type: String, _ required: [String], _ members: [JSONValue.Member]) throws {
        let leftOut: Set<String> = ["type", "sequence_number", "item_id", "logprobs", "name", "response_id"]
        for name in required where !leftOut.contains(name) && type != "error" {
            let rest = JSONValue.object(members.filter { $0.name != name })
            #expect(problem { () throws(APIError) in _ = try ServerEvent(rest.raw) }?.param == name, "\(type) without \(name)")
        }
    }

    private func memberSample(_ name: String, of event: String) -> JSONValue {
        switch name {
        case "type": .string(event)
        case "sequence_number": 7
        case "output_index", "content_index", "summary_index", "annotation_index", "command_index", "partial_image_index": 1
        case "response": ["id": "resp_1", "status": "in_progress"]
        case "item": ["type": "message", "role": "assistant", "content": []]
        case "part": event.contains("summary") ? ["type": "summary_text", "text": ""] : ["type": "output_text", "text": ""]
        case "error": ["type": "server_error", "code": "server_error", "message": "m", "param": nil]
        case "status" where event == "error": 400
        case "logprobs", "output": []
        case "annotation": ["type": "file_path"]
        case "delta" where event == "response.shell_call_output_content.delta": ["stdout": "x"]
        default: "x"
        }
    }

    /// The same against the schemas of the events themselves.
    @Test(arguments: [
        ("openai-responses.openapi.json", "ResponseStreamEvent"), ("openai-responses.openapi.json", "ResponsesServerEvent"),
    ])
    func everyEventOfTheUnionIsRead(_ file: String, _ union: String) throws {
        let schemas = try Schemas(file)
        let schema = try schemas.named(union)
        for event in schemas.alternatives(of: schema) {
            let sample = schemas.sample(event)
            do {
                let read = try ServerEvent(sample.raw)
                #expect(read.body != .other, "\(read.type)")
            } catch {
                Issue.record("\(error.message): \(sample.raw.text)")
            }
        }
    }

    @Test(arguments: [("openai-responses.openapi.json", "Response"), ("openresponses-2026-04-24.openapi.json", "ResponseResource")])
    func responsesHaveEveryRequiredMember(_ file: String, _ name: String) throws {
        let schemas = try Schemas(file)
        let schema = try schemas.named(name)
        let made = ResponseObject(.init(id: "resp_1", model: "m", status: .inProgress))
        let required = schemas.required(of: schema)
        #expect(required.count > 10)
        for member in required { #expect(made.json[member] != nil, "\(member)") }
        // And what a schema names is read and written back.
        var full = JSONValue.object([])
        for property in schemas.properties(of: schema) { full[property.name] = schemas.sample(property.value) }
        full["object"] = "response"
        let read = try ResponseObject(full.raw)
        let written = ResponseObject(read.fields).json
        for member in full.members { #expect(written[member.name] != nil, "\(member.name)") }
    }
}
