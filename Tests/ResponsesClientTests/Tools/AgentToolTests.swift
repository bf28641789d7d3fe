import Foundation
import ResponsesAPI
import Testing

@testable import ResponsesClient

struct AgentToolTests {
    private func call(_ name: String, _ input: String, kind: Item.ToolCall.Kind = .function) -> Item.ToolCall {
        Item.ToolCall(kind: kind, callID: "call_1", name: name, input: JSONText(input))
    }

    @Test func aTypedToolIsOfferedWithItsSchema() throws {
        let tool = try AgentTool("draw", "Draws a point.", describing: ["x": "From the left."], needsApproval: true) {
            (point: Point) in "\(point.x)"
        }
        #expect(tool.name == "draw")
        #expect(tool.needsApproval)
        guard case .function(let definition) = tool.offer else {
            Issue.record("no function")
            return
        }
        #expect(definition.description == "Draws a point.")
        #expect(definition.strict == true)
        #expect(definition.parameters == (try JSONSchema(of: Point.self, describing: ["x": "From the left."]).raw))
        // The API's own rules take it.
        #expect(try ToolSet([tool.offer]).tools == [tool.offer])
    }

    @Test func aDictionaryMakesAToolLoose() throws {
        let tool = try AgentTool("count", "Counts.") { (maps: Maps) in "\(maps.counts.count)" }
        guard case .function(let definition) = tool.offer else { return }
        #expect(definition.strict == false)
    }

    @Test func inputIsDecodedAndOutputEncoded() async throws {
        let text = try AgentTool("text", "") { (edit: Point) in "\(edit.x + edit.y)" }
        #expect(await text.run(call("text", #"{"x":1,"y":2.5}"#)) == ToolOutcome(text: "3.5"))

        let value = try AgentTool("value", "") { (point: Point) in City(name: "ü/\(point.x)", country: "DE") }
        #expect(await value.run(call("value", #"{"x":1,"y":2}"#)) == ToolOutcome(text: #"{"country":"DE","name":"ü/1.0"}"#))

        let now = try AgentTool("now", "") { "noon" }
        for arguments in ["", "{}", #"{"unasked":1}"#] {
            #expect(await now.run(call("now", arguments)) == ToolOutcome(text: "noon"))
        }

        let raw = AgentTool(Tool.FunctionTool(name: "raw")) { $0.input.string }
        #expect(await raw.run(call("raw", "[1")) == ToolOutcome(text: "[1"))

        let free = AgentTool(custom: Tool.CustomTool(name: "free")) { $0.input.string.uppercased() }
        #expect(await free.run(call("free", "abc", kind: .custom)) == ToolOutcome(text: "ABC"))
        #expect(free.offer == .custom(Tool.CustomTool(name: "free")))
    }

    @Test(arguments: [
        (#"2026-01-31T12:00:00Z"#, 1_769_860_800.0), (#"2026-01-31T12:00:00.5Z"#, 1_769_860_800.5),
        (#"2026-01-31T13:00:00+01:00"#, 1_769_860_800.0),
    ]) func datesAreThoseOfRFC3339(_ text: String, _ seconds: Double) async throws {
        let tool = try AgentTool("date", "") { (box: Box<Date>) in "\(box.content.timeIntervalSince1970)" }
        #expect(await tool.run(call("date", #"{"content":"\#(text)"}"#)) == ToolOutcome(text: "\(seconds)"))
    }

    /// Arguments that do not fit: the model learns which field is wrong and what is expected there, and nothing is run.
    @Test(arguments: [
        ("{", "It is not valid JSON: "),
        ("[]", "The whole value has the wrong type: expected an object."),
        ("{}", "'path' is missing: expected a string."),
        (#"{"path":null}"#, "'path' must not be null: expected a string."),
        (#"{"path":7}"#, "'path' has the wrong type: expected a string."),
        (#"{"path":"","mode":"burn"}"#, #"'mode' has a wrong value: expected one of "read", "write"."#),
        (#"{"path":"","mode":"read","level":2}"#, "'level' has a wrong value: expected one of 1, 9."),
        (#"{"path":"","mode":"read","level":1,"places":{}}"#, "'places' has the wrong type: expected an array."),
        (
            #"{"path":"","mode":"read","level":1,"places":[{"line":1,"column":2},{"line":1,"column":"2"}]}"#,
            "'places[1].column' has the wrong type: expected a whole number."
        ),
        (
            #"{"path":"","mode":"read","level":1,"places":[{"line":1}]}"#,
            "'places[0].column' is missing: expected a whole number."
        ),
    ]) func argumentsThatDoNotFitAreExplained(_ arguments: String, _ sentence: String) async throws {
        let tool = try AgentTool("edit", "") { (_: Edit) -> String in
            Issue.record("the tool ran")
            return ""
        }
        let outcome = await tool.run(call("edit", arguments))
        #expect(outcome.isError)
        #expect(outcome.text.hasPrefix("The arguments do not fit this tool. \(sentence)"), "\(outcome.text)")
        #expect(outcome.text.hasSuffix("Nothing was run. Call it again with arguments that fit its schema."))
    }

    @Test func expectationsFollowReferencesAndOptionals() async throws {
        let tool = try AgentTool("plant", "") { (_: Forest) in "" }
        let leaf = #"{"name":"a","children":[]}"#
        let deep = await tool.run(
            call("plant", #"{"oldest":{"name":"a","children":[{"name":1,"children":[]}]},"others":[],"best":null}"#))
        #expect(deep.text.contains("'oldest.children[0].name' has the wrong type: expected a string."), "\(deep.text)")
        let optional = await tool.run(call("plant", #"{"oldest":\#(leaf),"others":[],"best":{"name":"b"}}"#))
        #expect(optional.text.contains("'best.children' is missing: expected an array."), "\(optional.text)")
        let wrong = await tool.run(call("plant", #"{"oldest":\#(leaf),"others":[],"best":3}"#))
        #expect(wrong.text.contains("'best' has the wrong type: expected an object or null."), "\(wrong.text)")
    }

    @Test func ownChecksOfATypeReachTheModel() async throws {
        let tool = try AgentTool("halve", "") { (odds: Odds) in "\(odds.even.value / 2)" }
        let outcome = await tool.run(call("halve", #"{"even":3}"#))
        #expect(outcome.isError)
        #expect(outcome.text.contains("odd"), "\(outcome.text)")
        #expect(await tool.run(call("halve", #"{"even":4}"#)) == ToolOutcome(text: "2"))
    }

    @Test func whatAToolThrowsBecomesAnOutput() async throws {
        struct Broken: Error, CustomStringConvertible { let description: String }
        let failing = try AgentTool("fail", "") { () async throws -> String in throw Broken(description: "disk full") }
        #expect(await failing.run(call("fail", "{}")) == .failure("The tool failed: disk full"))
        let worded = try AgentTool("fail", "") { () async throws -> String in throw ToolFailure("No file 'a.txt'.") }
        #expect(await worded.run(call("fail", "{}")) == .failure("No file 'a.txt'."))
        let long = try AgentTool("fail", "") { () async throws -> String in
            throw Broken(description: String(repeating: "x", count: 100_000))
        }
        #expect(await long.run(call("fail", "{}")).text.count < 600)
        // JSON has no infinity.
        let infinite = try AgentTool("value", "") { (_: Nothing) in Point(x: .infinity, y: 0) }
        #expect(await infinite.run(call("value", "{}")).text.hasPrefix("The tool failed: "))
    }

    @Test(arguments: ["", "with space", "dot.ted", "ü", String(repeating: "x", count: 129)])
    func aNameTheAPIRefusesIsRefusedHere(_ name: String) {
        let error = #expect(throws: SchemaError.self) { try AgentTool(name, "") { "" } }
        #expect(error?.message.contains("Use 1 to 128 characters") == true)
    }

    @Test(arguments: ["a", "read_file-2", String(repeating: "x", count: 128)])
    func aNameTheAPITakesIsTaken(_ name: String) throws {
        #expect(try ToolSet([AgentTool(name, "") { "" }.offer]).tools.count == 1)
    }

    @Test func anInputThatIsNoObjectIsRefused() {
        let error = #expect(throws: SchemaError.self) { try AgentTool("a", "") { (text: String) in text } }
        #expect(error?.message == "A tool's input must be a JSON object, and 'String' is not one. Put it into a struct, as a property.")
    }
}
