import ResponsesAPI
import ResponsesTesting
import Testing

/// What holds within one response, whatever it is (ARCHITECTURE, property 2).
func checkResponse(_ events: [ReceivedEvent], sourceLocation: SourceLocation = #_sourceLocation) {
    #expect(ResponseCheck.problems(of: events) == [], sourceLocation: sourceLocation)
}

/// Reads the events of one response as a strict client would: numbers from 0 without a gap, items and parts one after the
/// other, deltas joined = done = item = final response, nothing after the end.
struct ResponseCheck {
    private(set) var problems: [String] = []
    private var items: [RawJSON] = []
    private var openItem: String?
    private var openPart: Int?
    private var contentCount = 0
    private var summaryCount = 0
    private var notes: [RawJSON] = []
    private var type = ""
    private var text = ""

    static func problems(of events: [ReceivedEvent]) -> [String] {
        var check = ResponseCheck()
        check.expect(events.map(\.number) == Array(0..<events.count), "numbers count from 0")
        check.expect(Array(events.prefix(2).map(\.type)) == beginning, "created, then in_progress")
        let ends = events.indices.filter { events[$0].isLast && events[$0].type != "error" }
        check.expect(ends == [events.count - 1], "one terminal event, last")
        for event in events { check.read(event) }
        check.expect(check.openItem == nil, "every item ends")
        check.expect(events.last?["response.output"]?.elements == check.items, "the response holds the items that were done")
        check.expect(Set(events.compactMap { $0.string("response.id") }).count == 1, "one id")
        return check.problems
    }

    private mutating func expect(_ holds: Bool, _ rule: String) {
        if !holds { problems.append(rule) }
    }

    private mutating func read(_ event: ReceivedEvent) {
        // Official clients raise on any other event that has one.
        expect(["error", "response.steer.failed"].contains(event.type) || event["error"] == nil, "only errors have `error`")
        if let index = event["output_index"]?.intValue { expect(index == items.count, "items do not interleave") }
        if let id = event.string("item_id") { expect(id == openItem, "of the open item") }
        if let index = (event["content_index"] ?? event["summary_index"])?.intValue {
            let count = event["content_index"] == nil ? summaryCount : contentCount
            expect(index == (event.type.hasSuffix("part.added") ? count : openPart), "of the open part")
        }
        if event.type.hasSuffix(".delta"), isOurs { text += event.string("delta") ?? "?" }
        switch event.type {
        case "response.output_item.added":
            expect(openItem == nil, "one item at a time")
            expect(event.string("item.status") == "in_progress", "items begin in progress")
            openItem = event.string("item.id")
            (contentCount, summaryCount, text) = (0, 0, "")
            type = event.string("item.type") ?? ""
        case "response.content_part.added", "response.reasoning_summary_part.added":
            expect(openPart == nil, "one part at a time")
            openPart = event.type == "response.content_part.added" ? contentCount : summaryCount
            (text, notes) = ("", [])
        case "response.output_text.annotation.added":
            expect(event["annotation_index"]?.intValue == notes.count, "annotations count from 0")
            notes.append(event["annotation"] ?? .null)
        case "response.content_part.done", "response.reasoning_summary_part.done":
            expect((event.string("part.text") ?? event.string("part.refusal")) == text, "the part is its deltas")
            expect((event["part.annotations"]?.elements ?? []) == notes, "the part has its annotations")
            openPart = nil
            if event.type == "response.content_part.done" { contentCount += 1 } else { summaryCount += 1 }
        case "response.output_item.done": readDone(event)
        case let name where name.hasSuffix(".done") && isOurs:
            let whole = ["text", "refusal", "arguments", "input"].compactMap { event.string($0) }
            expect(whole == [text], "done is the deltas")
        default: break
        }
    }

    /// Whether the server makes such items of texts; others are the engine's.
    private var isOurs: Bool { ["message", "reasoning", "function_call", "custom_tool_call"].contains(type) }

    private mutating func readDone(_ event: ReceivedEvent) {
        let item = event["item"] ?? .null
        expect(item["id"]?.stringValue == openItem, "the item that began")
        expect(openPart == nil, "every part ends")
        if !isOurs {
            expect(item["type"]?.stringValue == type, "the item that began")
        } else if let input = item["arguments"] ?? item["input"] {
            expect(input.stringValue == text, "the call is its deltas")
        } else {
            expect(item["content"]?.elements.count ?? 0 == contentCount, "the item has its parts")
            expect(item["summary"]?.elements.count ?? 0 == summaryCount, "the item has its summaries")
        }
        items.append(item)
        openItem = nil
    }
}
