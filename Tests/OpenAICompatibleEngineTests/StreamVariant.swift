import ResponsesAPI
import ResponsesEngine
import ResponsesTesting

/// An answer that an engine meant, and one of the many ways in which engines put it into a stream.
///
/// Every choice is made of one seed, so that a failure can be seen again.
struct StreamVariant: CustomStringConvertible {
    struct Call: Hashable {
        var name: String
        var arguments: String
    }

    /// How the stream ends.
    enum End: Hashable {
        case whole(FinishReason)
        /// In the middle, without a mark.
        case cut
        /// With an error that says `words`.
        case failed
    }

    static let words = "The flux is too low"

    private(set) var reasoning = ""
    private(set) var text = ""
    private(set) var refusal = ""
    private(set) var calls: [Call] = []
    private(set) var usage = Usage(inputTokens: 11, outputTokens: 7)
    private(set) var end = End.whole(.stop)
    /// What was chosen, for whoever reads a failure.
    private(set) var choices: [String] = []
    private(set) var bytes: [UInt8] = []

    private var random: SplitMix64
    private var chunks: [String] = []
    private var isMarked = true

    var description: String { "\(choices)\n\(String(decoding: bytes, as: UTF8.self))" }

    init(seed: UInt64) {
        random = SplitMix64(seed: seed)
        mean()
        write()
        frame()
    }

    private mutating func pick<Value>(_ name: String, _ values: [Value]) -> Value {
        let value = values[random.next(below: values.count)]
        choices.append("\(name) \(value)")
        return value
    }

    private mutating func chance(_ percent: Int) -> Bool { random.chance(percent) }

    // MARK: What is meant

    private static let texts = ["Hello", "Grüße 🙂 und 🧵", "a \"quoted\" {brace} \\ slash\nline", "So we go on, word by word, to the end.", "🙂🙂"]
    private static let arguments = [
        "{}", #"{"n":1}"#, #"{"a":{"a":1}}"#, #"{"code":"{\"a\":[1]}","n":[{"n":1},{"n":2}]}"#, #"{"t":"line\nend \\ \"q\" ü 🙂 {}"}"#,
        #"{ "a" : [ ] , "b" : "}" }"#, #"{"a":"b","c":{"a":"b"}}"#,
    ]

    private mutating func mean() {
        if chance(50) { reasoning = "hmm, " + Self.texts[random.next(below: Self.texts.count)] }
        switch random.next(below: 10) {
        case 0...3: text = Self.texts[random.next(below: Self.texts.count)]
        case 4: refusal = "I won't 🙂"
        case 5: text = Self.texts[random.next(below: Self.texts.count)]; fallthrough
        default:
            for _ in 0...random.next(below: 3) {
                calls.append(
                    Call(
                        name: ["f", "g", "get_weather"][random.next(below: 3)],
                        arguments: Self.arguments[random.next(below: Self.arguments.count)]))
            }
        }
        end = pick("end", [.whole(.stop), .whole(.stop), .whole(.stop), .whole(.stop), .whole(.length), .whole(.contentFilter), .cut, .failed])
    }

    // MARK: Chunks

    private func json(_ text: String) -> String {
        String(decoding: [UInt8(ascii: "\"")] + JSONText(text).escaped + [UInt8(ascii: "\"")], as: UTF8.self)
    }

    /// A string in JSON with every character beyond ASCII escaped, cut into pieces that may part a pair of surrogates.
    private mutating func pieces(_ text: String, escapes: Bool) -> [String] {
        var units: [String] = []
        if escapes {
            for unit in text.utf16 {
                switch unit {
                case 0x22: units.append("\\\"")
                case 0x5C: units.append("\\\\")
                case 0x20..<0x7F: units.append(String(decoding: [UInt8(unit)], as: UTF8.self))
                default:
                    let digits = String(unit, radix: 16)
                    units.append("\\u" + String(repeating: "0", count: 4 - digits.count) + digits)
                }
            }
        } else {
            units = text.map { String(decoding: JSONText(String($0)).escaped, as: UTF8.self) }
        }
        var pieces: [String] = []
        while !units.isEmpty {
            let count = min(units.count, random.next(below: 6) + 1)
            pieces.append(units[..<count].joined())
            units.removeFirst(count)
        }
        return pieces
    }

    private mutating func delta(_ delta: String, _ rest: String = "") { chunks.append("{\"delta\":\(delta)\(rest)}") }

    private mutating func write() {
        let escapes = chance(50)
        if chance(60) { delta(#"{"role":"assistant","content":\#(chance(50) ? "null" : "\"\"")}"#) }
        let inMessage = pick("place", ["delta", "delta", "delta", "delta", "message so far", "message at the end"])
        if inMessage == "delta" {
            writeReasoning(escapes)
            for piece in pieces(text, escapes: escapes) { writeText(piece) }
            for piece in pieces(refusal, escapes: escapes) { delta(#"{"refusal":"\#(piece)"}"#) }
            writeCalls(escapes)
        } else {
            let isAtEnd = inMessage == "message at the end"
            let lengths = isAtEnd ? [text.count] : Array(stride(from: min(3, text.count), to: text.count, by: 4)) + [text.count]
            for length in lengths {
                let isLast = length == lengths.last
                chunks.append(
                    #"{"delta":\#(chance(50) ? "null" : "{}"),"message":{"role":"assistant","content":\#(json(String(text.prefix(length)))),"reasoning_content":\#(json(reasoning)),"refusal":\#(refusal.isEmpty ? "null" : json(refusal)),"tool_calls":\#(isLast ? wholeCalls() : "null")}}"#)
            }
        }
        if inMessage == "delta", chance(20) {
            choices.append("told once more")
            chunks.append(
                #"{"delta":{},"message":{"role":"assistant","content":\#(json(text)),"tool_calls":\#(wholeCalls())}}"#)
        }
        writeEnd()
    }

    private func wholeCalls() -> String {
        guard !calls.isEmpty else { return "[]" }
        let list = calls.enumerated().map { number, call in
            #"{"id":"call_1000000\#(number)","type":"function","function":{"name":"\#(call.name)","arguments":\#(json(call.arguments))}}"#
        }
        return "[\(list.joined(separator: ","))]"
    }

    private mutating func writeReasoning(_ escapes: Bool) {
        if reasoning.isEmpty { return }
        let name = pick("reasoning", ["reasoning_content", "reasoning", "reasoning_text", "thinking", "tags", "details", "parts", "both"])
        switch name {
        case "tags":
            // A stream of nothing but a thought does not say where the answer would be.
            let tags = text.isEmpty ? "" : "</think>\n\n"
            for piece in pieces("<think>\n" + reasoning + tags, escapes: escapes) { delta(#"{"content":"\#(piece)"}"#) }
        case "details":
            for piece in pieces(reasoning, escapes: escapes) { delta(#"{"reasoning_details":[{"type":"reasoning.text","text":"\#(piece)","index":0}]}"#) }
        case "parts":
            for piece in pieces(reasoning, escapes: escapes) {
                delta(#"{"content":[{"type":"thinking","thinking":[{"type":"text","text":"\#(piece)"}]}]}"#)
            }
        case "both":
            for piece in pieces(reasoning, escapes: escapes) { delta(#"{"reasoning":"\#(piece)","reasoning_content":"\#(piece)"}"#) }
        default:
            let stops = chance(20)
            for piece in pieces(reasoning, escapes: escapes) { delta(#"{"\#(name)":"\#(piece)"}"#, stops ? #","finish_reason":"stop""# : "") }
        }
    }

    private mutating func writeText(_ piece: String) {
        switch random.next(below: 12) {
        case 0: delta(#"{"content":[{"type":"text","text":"\#(piece)"}]}"#)
        case 1: delta(#"{"content":"\#(piece)","tool_calls":[],"refusal":null}"#, #","finish_reason":"""#)
        default: delta(#"{"content":"\#(piece)"}"#, chance(30) ? #","finish_reason":null,"logprobs":null"# : "")
        }
    }

    // MARK: Calls

    private struct Fragment {
        var index: Int?
        var id: String?
        var name: String?
        /// As it stands in the JSON.
        var arguments: String?
    }

    private mutating func writeCalls(_ escapes: Bool) {
        if calls.isEmpty { return }
        let way = pick(
            "calls",
            [
                "pieces", "whole", "index 0", "no index", "no ids", "neither", "so far", "so far with names", "told twice", "empty object first",
                "objects", "other ids", "names in pieces", "names repeated", "in turn", "name late", "one array",
            ])
        var fragments: [[Fragment]] = []
        for (number, call) in calls.enumerated() {
            let id = "call_1000000\(number)"
            let whole = "\"\(pieces(call.arguments, escapes: escapes).joined())\""
            let parts = pieces(call.arguments, escapes: escapes).map { "\"\($0)\"" }
            var list = [Fragment(index: number, id: id, name: call.name, arguments: "\"\"")]
            let rest = parts.map { Fragment(index: number, arguments: $0) }
            switch way {
            case "whole", "one array": list = [Fragment(index: number, id: id, name: call.name, arguments: whole)]
            case "index 0": list = [Fragment(index: 0, id: id, name: call.name, arguments: whole)]
            case "no index": list = [Fragment(id: id, name: call.name, arguments: "\"\"")] + parts.map { Fragment(arguments: $0) }
            case "no ids": list = [Fragment(index: number, name: call.name)] + rest
            case "neither": list = [Fragment(name: call.name, arguments: whole)]
            case "so far", "so far with names":
                var soFar = ""
                for part in parts {
                    soFar += part.dropFirst().dropLast()
                    // An engine that tells all so far tells whole characters.
                    if soFar.hasHalfAtEnd { continue }
                    list.append(
                        way == "so far"
                            ? Fragment(index: number, arguments: "\"\(soFar)\"")
                            : Fragment(index: number, id: id, name: call.name, arguments: "\"\(soFar)\""))
                }
            case "told twice": list += rest + [Fragment(index: number, id: id, name: call.name, arguments: whole)]
            case "empty object first": list = [Fragment(index: number, id: id, name: call.name, arguments: #""{}""#)] + rest
            case "objects": list = [Fragment(index: number, id: id, name: call.name, arguments: call.arguments)]
            case "other ids": list += rest.enumerated().map { Fragment(index: number, id: "call_tail\(number)\($0.offset)00", arguments: $0.element.arguments) }
            case "names in pieces" where call.name.count > 4:
                list = [
                    Fragment(index: number, id: id, name: String(call.name.prefix(4))), Fragment(index: number, name: String(call.name.dropFirst(4))),
                ] + rest
            case "names repeated": list += rest.map { Fragment(index: number, id: id, name: call.name, arguments: $0.arguments) }
            case "name late" where parts.count > 1:
                list = [Fragment(index: number, id: id, arguments: parts[0]), Fragment(index: number, name: call.name, arguments: parts[1])]
                list += rest.dropFirst(2)
            default: list += rest
            }
            fragments.append(list)
        }
        if way == "one array" { return write([fragments.map { $0[0] }]) }
        if way == "in turn" {
            var lists = fragments
            while !lists.allSatisfy(\.isEmpty) {
                for place in lists.indices where !lists[place].isEmpty { write([[lists[place].removeFirst()]]) }
            }
            return
        }
        let finishes = end != .cut && chance(15)
        for list in fragments {
            write(list.map { [$0] })
            if finishes { delta("{}", #","finish_reason":"tool_calls""#) }
        }
    }

    private mutating func write(_ arrays: [[Fragment]]) {
        for array in arrays {
            let elements = array.map { fragment in
                var function: [String] = []
                if let name = fragment.name { function.append("\"name\":\"\(name)\"") }
                if let arguments = fragment.arguments { function.append("\"arguments\":\(arguments)") }
                var members = ["\"type\":\"function\"", "\"function\":{\(function.joined(separator: ","))}"]
                if let id = fragment.id { members.append("\"id\":\"\(id)\"") }
                if let index = fragment.index { members.insert("\"index\":\(index)", at: 0) }
                return "{\(members.joined(separator: ","))}"
            }
            delta("{\"tool_calls\":[\(elements.joined(separator: ","))]}")
        }
    }

    // MARK: Ends

    private static let stops = ["stop", "STOP", "eos", "end_turn", "tool_calls", "tool_use", "function_call", "stop_sequence", "FinishReason.STOP"]
    private static let lengths = ["length", "MAX_TOKENS", "max_tokens", "maxTokens", "model_length", "model_context_window_exceeded"]
    private static let filters = ["content_filter", "SAFETY", "contentFilter", "PROHIBITED_CONTENT", "sensitive"]
    private static let failures = ["error", "network_error", "insufficient_system_resource", "MALFORMED_FUNCTION_CALL"]

    private mutating func writeEnd() {
        let counts = #"{"prompt_tokens":11,"completion_tokens":7,"total_tokens":18,"prompt_tokens_details":null}"#
        switch end {
        case .cut:
            isMarked = false
            return
        case .failed:
            let message = json(Self.words)
            chunks.append(
                pick(
                    "error",
                    [
                        #"error {"error":{"message":\#(message),"type":"server_error","code":500}}"#, #"error {"error":\#(message)}"#,
                        #"{"delta":{"content":""},"finish_reason":"stop","error":{"code":502,"message":\#(message)}}"#,
                        #"error {"choices":null,"error_type":"BadRequestError","error_message":\#(message)}"#,
                        #"error {"object":"error","message":\#(message),"code":400}"#,
                    ]))
            return
        case .whole(let reason):
            let words = reason == .stop ? Self.stops : reason == .length ? Self.lengths : Self.filters
            let word = pick("finish", words)
            let hasAnswer = !text.isEmpty || !refusal.isEmpty || !calls.isEmpty
            let way = pick("finishes", ["finish_reason", "finish_reason", "finish_reason", "finishReason", "twice", "not at all"])
            let place = pick("usage", ["behind", "beside", "in the choice", "x_groq", "before", "then nothing"])
            let beside = place == "in the choice" ? ",\"usage\":\(counts)" : ""
            if place == "before" { chunks.append("error {\"choices\":[],\"usage\":\(counts)}") }
            switch way {
            case "not at all" where reason == .stop && hasAnswer: delta("{}", beside)
            case "finishReason": delta("{}", ",\"finishReason\":\"\(word)\"\(beside)")
            case "twice":
                delta("{}", ",\"finish_reason\":\"\(word)\"\(beside)")
                delta("{\"content\":\"\"}", ",\"finish_reason\":\"\(word)\"")
            default: delta("{}", ",\"finish_reason\":\"\(word)\"\(beside)")
            }
            if !(way == "not at all" && reason == .stop && hasAnswer) { isMarked = chance(80) }
            switch place {
            case "behind", "beside": chunks.append("error {\"choices\":[],\"usage\":\(counts)}")
            case "x_groq": chunks.append("error {\"choices\":[],\"x_groq\":{\"id\":\"r\",\"usage\":\(counts)}}")
            case "then nothing":
                chunks.append("error {\"choices\":[],\"usage\":\(counts)}")
                chunks.append(#"error {"choices":[],"usage":{"prompt_tokens":0,"completion_tokens":0}}"#)
                chunks.append(#"error {"choices":[],"usage":null}"#)
            default: break
            }
        }
    }

    // MARK: Framing

    private mutating func frame() {
        let indices = pick("index", ["0", "0", "0", "none", "7", "counted"])
        let lineEnd = pick("lines", ["\n", "\n", "\r\n"])
        let isLoose = chance(15)
        if isLoose { choices.append("single line ends") }
        var stream = chance(10) ? "\u{FEFF}" : ""
        for (number, chunk) in chunks.enumerated() {
            var whole = chunk
            if chunk.hasPrefix("error ") {
                whole = String(chunk.dropFirst(6))
            } else {
                let index = ["0": "\"index\":0,", "7": "\"index\":7,", "counted": "\"index\":\(number + 190),"][indices] ?? ""
                whole = #"{"id":"c","object":"chat.completion.chunk","choices":[{\#(index)\#(chunk.dropFirst())],"usage":null}"#
            }
            if chance(10) { stream += ": sign of life" + lineEnd + (isLoose ? "" : lineEnd) }
            if chance(5), !isLoose { stream += "data:" + lineEnd + lineEnd }
            stream += (chance(50) ? "data: " : "data:") + whole + lineEnd + (isLoose ? "" : lineEnd)
        }
        if isMarked { stream += pick("mark", ["data: [DONE]", "data:  [DONE] ", "data:[DONE]"]) + lineEnd + (isLoose ? "" : lineEnd) }
        bytes = Array(stream.utf8)
    }
}

extension String {
    /// Whether escaped text ends in the first half of a pair of surrogates.
    fileprivate var hasHalfAtEnd: Bool {
        let end = suffix(6).lowercased()
        return end.hasPrefix("\\ud8") || end.hasPrefix("\\ud9") || end.hasPrefix("\\uda") || end.hasPrefix("\\udb")
    }
}
