import ResponsesAPI

/// What items mean, in one spelling: what clients change on its way without changing that is left out (chat-completions 9.1).
///
/// Ids and states of items, how text is divided into parts, white space around what a model said, and the spelling of arguments do not
/// count. Everything else does.
enum HistoryMeaning {
    /// Of what a model made in one turn, with the outputs of its calls.
    static func of(turn: AssistantTurn) -> [UInt8] {
        var json = JSONWriter()
        json.beginArray()
        // What it is comes first: a thought may be the name of a role.
        json.value(literal: "turn")
        json.value(JSONText(escapedSlice: turn.reasoning[...].trimmed))
        json.value(JSONText(escapedSlice: turn.text[...].trimmed))
        for call in turn.calls { write(call, to: &json) }
        json.endArray()
        return json.bytes
    }

    /// Of an item that is not a model's.
    static func of(_ item: Item) -> [UInt8] {
        var json = JSONWriter()
        switch item.body {
        case .message(let message):
            json.beginArray()
            json.value(literal: "message")
            // To a model both are the operator.
            json.value(message.role == .system ? Item.Role.developer.rawValue : message.role.rawValue)
            write(message.content, to: &json)
            json.endArray()
        case .callOutput(let output):
            json.beginArray()
            json.value(literal: "output")
            json.value(output.callID)
            write(output.output, to: &json)
            json.endArray()
        case .call, .reasoning, .reference, .compaction, .other: json.value(item.json)
        }
        return json.bytes
    }

    /// Texts side by side are one text.
    private static func write(_ content: [ContentPart], to json: inout JSONWriter) {
        var text = JSONText()
        func flush(_ json: inout JSONWriter) {
            if !text.isEmpty { json.value(text) }
            text = JSONText()
        }
        for part in content {
            if let more = part.text {
                text.append(more)
            } else {
                flush(&json)
                part.write(to: &json)
            }
        }
        flush(&json)
    }

    private static func write(_ call: Item.ToolCall, to json: inout JSONWriter) {
        json.value(call.kind.toolType)
        json.value(call.callID)
        json.value(call.namespace)
        json.value(call.name)
        if call.kind == .custom { json.value(call.input) } else { json.value(JSONText(String(decoding: arguments(call.input), as: UTF8.self))) }
    }

    // MARK: Arguments

    /// Arguments in one spelling: members by name, numbers by value. What is no JSON stays as it is; nothing is an empty object.
    static func arguments(_ text: JSONText) -> [UInt8] {
        let string = text.string
        guard let value = try? JSONValue(parsing: string) else { return string.utf8.allSatisfy { $0 <= 0x20 } ? Array("{}".utf8) : Array(string.utf8) }
        var json = JSONWriter()
        write(value, to: &json)
        return json.bytes
    }

    private static func write(_ value: JSONValue, to json: inout JSONWriter) {
        switch value {
        case .object(let members):
            json.beginObject()
            // Of several members of one name the last counts, as parsers have it. By bytes: strings of Swift are equal by more.
            var last: [[UInt8]: JSONValue] = [:]
            for member in members { last[Array(member.name.utf8)] = member.value }
            for (name, value) in last.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
                json.key(String(decoding: name, as: UTF8.self))
                write(value, to: &json)
            }
            json.endObject()
        case .array(let elements):
            json.beginArray()
            for element in elements { write(element, to: &json) }
            json.endArray()
        case .number(let number): json.value(RawJSON(validated: Array(plain(number).utf8)))
        default: value.write(to: &json)
        }
    }

    /// `1`, `1.0` and `1e0` are one number. Those with more digits than a double has keep them.
    private static func plain(_ number: JSONValue.Number) -> String {
        if number.text.utf8.count(where: { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }) > 15 { return number.text }
        guard let double = Double(number.text), double.isFinite else { return number.text }
        if double.rounded() == double, abs(double) < 9_007_199_254_740_992 { return String(Int(double)) }
        return Int(number.text) == nil ? "\(double)" : number.text
    }
}
