import ResponsesAPI

/// A call that a client gives back (chat-completions 4, chat-completions 5).
struct PastCall: Sendable {
    private(set) var id: String?
    private(set) var name: String?
    private var arguments: JSONText?
    private var isCustom = false
    private var type: String?

    private init() {}

    static func list(_ scanner: inout JSONScanner) throws(APIError) -> [PastCall] {
        switch scanner.peek() {
        case UInt8(ascii: "n"):
            _ = try scanner.valueSpan()
            return []
        case UInt8(ascii: "["): break
        default: throw .wrongType("tool_calls", expected: "an array of calls")
        }
        var calls: [PastCall] = []
        do throws(APIError) {
            try scanner.elements { (scanner, _) throws(APIError) in calls.append(try PastCall(&scanner)) }
        } catch {
            throw error.under("tool_calls")
        }
        return calls
    }

    private init(_ scanner: inout JSONScanner) throws(APIError) {
        guard scanner.peek() == UInt8(ascii: "{") else {
            throw APIError.invalidRequest(.invalidType, "Invalid type for a call: expected an object.")
        }
        var call = Self()
        try scanner.members { (scanner, key) throws(APIError) in
            switch scanner.key(key) {
            case "id": call.id = try scanner.string(for: "id")
            case "type": call.type = try scanner.string(for: "type")
            case "function": try call.readCalled(&scanner, "function")
            case "custom":
                call.isCustom = scanner.peek() != UInt8(ascii: "n")
                try call.readCalled(&scanner, "custom")
            // `index`, which is of streams, and what other services put beside a call.
            default: _ = try scanner.valueSpan()
            }
        }
        self = call
        guard let id, !id.isEmpty else { throw .missing("id") }
        guard name != nil else { throw .missing(isCustom ? "custom.name" : "function.name") }
    }

    /// The member `function_call` of the older form; nil where there is none.
    init?(functionCall scanner: inout JSONScanner) throws(APIError) {
        var call = Self()
        let isGiven = scanner.peek() != UInt8(ascii: "n")
        try call.readCalled(&scanner, "function_call")
        if !isGiven { return nil }
        guard call.name != nil else { throw .missing("function_call.name") }
        self = call
    }

    private mutating func readCalled(_ scanner: inout JSONScanner, _ field: StaticString) throws(APIError) {
        if scanner.peek() == UInt8(ascii: "n") {
            _ = try scanner.valueSpan()
            return
        }
        guard scanner.peek() == UInt8(ascii: "{") else { throw .wrongType("\(field)", expected: "an object") }
        var call = self
        do throws(APIError) {
            try scanner.members { (scanner, key) throws(APIError) in
                switch scanner.key(key) {
                case "name": call.name = try scanner.string(for: "name")
                case "arguments": call.arguments = try Self.text(&scanner, "arguments")
                case "input": call.arguments = try Self.text(&scanner, "input")
                default: _ = try scanner.valueSpan()
                }
            }
        } catch {
            throw error.under("\(field)")
        }
        self = call
    }

    /// Arguments are a string; some clients send the object that it stands for.
    private static func text(_ scanner: inout JSONScanner, _ field: StaticString) throws(APIError) -> JSONText? {
        guard scanner.peek() == UInt8(ascii: "{") else { return try scanner.text(for: field) }
        return JSONText(try scanner.rawValue().text)
    }

    func item(id: String?) throws(APIError) -> Item {
        guard let id else { throw .missing("id") }
        guard let name else { throw .missing("name") }
        if isCustom { return .customToolCall(callID: id, name: name, input: arguments ?? JSONText()) }
        guard let arguments, !arguments.isEmpty else { return .functionCall(callID: id, name: name, arguments: "{}") }
        return .functionCall(callID: id, name: name, arguments: arguments)
    }
}
