import NIOCore
import ResponsesAPI
import ResponsesEngine
import ResponsesTesting
import Testing

@testable import OpenAICompatibleEngine

/// What engines demand of a history holds for every conversation that is written down by their rules.
struct HistoryRulesTests {
    /// A conversation as clients send it: calls are answered, with whatever else in between.
    private static func conversation(_ random: inout SplitMix64) -> [Item] {
        var items: [Item] = []
        var open: [String] = []
        for index in 0..<Int.random(in: 1..<30, using: &random) {
            // While calls wait, only clients speak.
            switch Int.random(in: open.isEmpty ? 0..<8 : 4..<8, using: &random) {
            case 0: items.append(.json(#"{"role":"assistant","content":"\#(["a", "", "\\n\\n"].randomElement(using: &random) ?? "")"}"#))
            case 1: items.append(.json(#"{"type":"reasoning","summary":[],"content":[{"type":"reasoning_text","text":"why"}]}"#))
            case 2, 3:
                for number in 0..<Int.random(in: 1...3, using: &random) {
                    let place = "\(index)\(number)"
                    let forms = ["call_\(place)xyz", "functions.f:\(place)", "Abc12\(index % 90 + 10)\(number)x", "call_\(String(repeating: "aB3", count: 14))_\(place)"]
                    let id = forms.randomElement(using: &random) ?? ""
                    open.append(id)
                    items.append(.json(#"{"type":"function_call","call_id":"\#(id)","name":"f","arguments":"{}"}"#))
                }
            case 4: items.append(.json(#"{"role":"user","content":"\#(["u", "", " ", "ü"].randomElement(using: &random) ?? "")"}"#))
            case 5, 6:
                guard let id = open.popLast() else { continue }
                items.append(.json(#"{"type":"function_call_output","call_id":"\#(id)","output":"o"}"#))
            default: items.append(.json(#"{"role":"developer","content":"d"}"#))
            }
        }
        for id in open { items.append(.json(#"{"type":"function_call_output","call_id":"\#(id)","output":"o"}"#)) }
        return items
    }

    private static func messages(_ text: String) throws -> [RawJSON] { try RawJSON(parsing: "[\(text)]").elements }

    @Test(arguments: EngineProfile.names, 0..<12 as Range<UInt64>)
    func aPresetsRulesHold(_ name: String, seed: UInt64) throws {
        var random = SplitMix64(seed: seed &* 31 &+ UInt64(name.utf8.count))
        let rules = AdaptedProfile.named(name).dialect.rules
        let prompt = try ChatDialect(rules).extend(nil, with: Self.conversation(&random))
        var waiting: [String] = []
        var before: String?
        for message in try Self.messages(prompt.text) {
            let role = try #require(message["role"]?.stringValue)
            let content = message["content"]
            let calls = message["tool_calls"]?.elements ?? []
            #expect(waiting.isEmpty || role == "tool", "the answers of calls stand behind them")
            #expect(role == "tool" || role != before, "adjacent messages of one role are one")
            switch role {
            case "assistant":
                #expect(!calls.isEmpty || content?.stringValue?.isEmpty == false, "a message of nothing is none")
                if before == nil { #expect(rules.firstMessage == .any) }
                waiting = calls.compactMap { $0["id"]?.stringValue }
                if rules.reasoning == .leftOut { #expect(message["reasoning"] == nil && message["reasoning_content"] == nil) }
                if rules.sendsEmptyReasoning, rules.reasoningPlace == .all, let member = rules.reasoningMember {
                    #expect(message[member]?.isString == true)
                }
            case "tool":
                let id = try #require(message["tool_call_id"]?.stringValue)
                #expect(waiting.contains(id))
                waiting.removeAll { $0 == id }
                if rules.callIDs == .nine { #expect(CallIDs.fitsNine(id)) }
                #expect((message["name"]?.stringValue == "f") == rules.namesToolMessages)
            default:
                if before == "tool" { #expect(rules.afterTools == .any) }
                if !rules.allowsBlankText { #expect(content?.stringValue?.allSatisfy { $0 == " " } != true) }
            }
            before = role
        }
        #expect(waiting.isEmpty)
    }

    // MARK: What was written down before a lesson

    static let lessons: [[EngineLesson]] = [
        [EngineLesson("reasoning-history", "no")], [EngineLesson("content-beside-calls", "null")], [EngineLesson("content-beside-calls", "no")],
        [EngineLesson("call-ids", "nine")], [EngineLesson("after-tools", "assistant")], [EngineLesson("first-message", "user")],
        [EngineLesson("tool-name", "no")],
        [EngineLesson("tool-name", "no"), EngineLesson("call-ids", "nine"), EngineLesson("after-tools", "assistant")],
    ]

    /// A prompt that was written down before its engine's refusal, brought to the new rules, is what the new dialect writes.
    @Test(arguments: lessons, 0..<8 as Range<UInt64>)
    func rewritingIsAsIfItHadBeenWrittenSo(_ lessons: [EngineLesson], seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let items = Self.conversation(&random)
        let after = AdaptedProfile(EngineProfile(), lessons: lessons)
        #expect(after.hasLearntHistory && after.dialect.name != ChatDialect().name)
        let old = try ChatDialect().extend(nil, with: items)
        let new = try after.dialect.extend(nil, with: items)
        var json = JSONWriter()
        let (closed, open) = (old.closed.slices(), old.text.utf8.dropFirst(old.closed.count))
        MessageRewriter(after.dialect.rules).rewrite(closed, Array(open), into: &json)
        #expect(String(decoding: json.bytes, as: UTF8.self) == new.text)
    }

    @Test func reasoningThatMustBeOnEveryMessageIsAddedEmpty() throws {
        let lessons = [EngineLesson("reasoning-on", "all"), EngineLesson("reasoning-empty", "yes")]
        let after = AdaptedProfile(EngineProfile(), lessons: lessons)
        let old = try ChatDialect().extend(nil, with: [.user("u"), .json(#"{"role":"assistant","content":"a"}"#), .user("v")])
        var json = JSONWriter()
        MessageRewriter(after.dialect.rules).rewrite([], Array(old.text.utf8), into: &json)
        #expect(
            String(decoding: json.bytes, as: UTF8.self)
                == #"{"role":"user","content":"u"},{"role":"assistant","content":"a","reasoning_content":""},{"role":"user","content":"v"}"#)
    }

    // MARK: Ids

    @Test func idsAgreeAndFit() {
        let made = "call_\(String(repeating: "0aZ", count: 16))_7"
        #expect(CallIDs.fitsNine(CallIDs.onWire(made, nine: false)))
        #expect(CallIDs.onWire(made, nine: false) == CallIDs.onWire(made, nine: true))
        for own in ["call_aaaaaaaa", "aB3xK9mP2", "functions.f:0", "call_\(String(repeating: "a", count: 24))", "toolu_01_x_2"] {
            #expect(CallIDs.onWire(own, nine: false) == own)
            #expect(CallIDs.fitsNine(CallIDs.onWire(own, nine: true)))
        }
        let many = Set((0..<2000).map { CallIDs.onWire("call_\($0)", nine: true) })
        #expect(many.count == 2000)
        #expect(CallIDs.fitsNine(CallIDs.made()))
    }
}
