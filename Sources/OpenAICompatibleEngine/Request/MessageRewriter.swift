import NIOCore
import ResponsesAPI

/// Brings messages that were written down under other rules to those that their engine turned out to want.
///
/// Only for turns that were written down before the engine's refusal: later ones are written by the new rules. It reads all
/// messages, so it is not for every turn.
struct MessageRewriter {
    private let rules: HistoryRules

    init(_ rules: HistoryRules) { self.rules = rules }

    private struct Message {
        var members: [(name: String, value: RawJSON)] = []

        init(_ json: RawJSON) { json.forEachMember { members.append(($0, $1)) } }

        subscript(_ name: String) -> RawJSON? { members.first { $0.name == name }?.value }
    }

    /// - Parameters:
    ///   - closed: finished messages with commas between them.
    ///   - open: the last message, with a comma before it when it is not the first.
    func rewrite(_ closed: [ByteBuffer], _ open: [UInt8], into json: inout JSONWriter) {
        var bytes = [UInt8(ascii: "[")]
        for buffer in closed { bytes.append(contentsOf: buffer.readableBytesView) }
        bytes.append(contentsOf: open)
        bytes.append(UInt8(ascii: "]"))
        var before: String?
        for element in RawJSON(validated: bytes).elements {
            let message = Message(element)
            let role = message["role"]?.stringValue
            if before == nil, role == "assistant", rules.firstMessage == .user { json.write(user: ".") }
            if before == "tool", role == "user" { json.writeBetweenToolsAndUser(rules) }
            write(message, role, into: &json)
            before = role
        }
    }

    private func write(_ message: Message, _ role: String?, into json: inout JSONWriter) {
        let hasCalls = message["tool_calls"] != nil
        json.beginObject()
        for (name, value) in message.members {
            switch name {
            case "reasoning_content" where rules.reasoningMember == nil, "reasoning" where rules.reasoningMember == nil: continue
            case "name" where role == "tool" && !rules.namesToolMessages: continue
            case "content" where hasCalls && value.bytes.count == 2 && value.isString:
                if rules.callsContent == .leftOut { continue }
                json.key(name)
                json.value(rules.callsContent == .null ? RawJSON.null : value)
            case "tool_calls":
                json.key(name)
                write(calls: value, into: &json)
            case "tool_call_id":
                json.key(name)
                json.value(CallIDs.onWire(value.stringValue ?? "", nine: rules.callIDs == .nine))
            default:
                json.key(name)
                json.value(value)
            }
        }
        if role == "assistant", hasCalls || rules.reasoningPlace == .all, rules.sendsEmptyReasoning, let member = rules.reasoningMember,
            message[member] == nil
        {
            json.key(member)
            json.value(literal: "")
        }
        json.endObject()
    }

    private func write(calls: RawJSON, into json: inout JSONWriter) {
        json.beginArray()
        for call in calls.elements {
            json.beginObject()
            call.forEachMember { name, value in
                json.key(name)
                if name == "id", let id = value.stringValue { json.value(CallIDs.onWire(id, nine: rules.callIDs == .nine)) } else { json.value(value) }
            }
            json.endObject()
        }
        json.endArray()
    }
}
