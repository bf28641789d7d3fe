import ResponsesAPI
import ResponsesEngine

/// Makes calls of the tool call fragments of a stream, in every shape engines were seen to write them.
///
/// Known shapes: name and id in the first fragment (llama.cpp; vLLM sends the name alone first); whole calls at once;
/// no id; index 0 for every call with a new id each; no index; arguments as an object; the name repeated with every
/// fragment; the id before the name; the older `function_call`.
struct ToolCallReader: Sendable {
    private struct Call {
        var wireIndex: Int?
        var id: String?
        var name: String?
        /// Its number for the client; nil while it has no name, or when it must not be seen.
        var number: Int?
        var isDropped = false
        var custom: CustomInputReader?
        /// Arguments that came before the name, escaped.
        var early: [UInt8] = []
        var shape = JSONShape()
    }

    private let policy: CallPolicy
    private let callsMax: Int
    private var calls: [Call] = []
    private var passedOn = 0

    init(policy: CallPolicy, callsMax: Int) {
        self.policy = policy
        self.callsMax = callsMax
    }

    /// Reads the `tool_calls` array of a delta.
    mutating func read(_ array: UnsafeBufferPointer<UInt8>, into batch: inout GenerationBatch) throws(JSONError) {
        var scanner = JSONScanner(array)
        if scanner.peek() != UInt8(ascii: "[") { return }
        try scanner.beginArray()
        while try scanner.nextElement() {
            guard scanner.peek() == UInt8(ascii: "{") else {
                try scanner.skipValue()
                continue
            }
            var fragment = Fragment()
            try fragment.readCall(&scanner)
            add(fragment, scanner, into: &batch)
        }
    }

    /// Reads the older `function_call` of a delta.
    mutating func readFunctionCall(_ object: UnsafeBufferPointer<UInt8>, into batch: inout GenerationBatch) throws(JSONError) {
        var scanner = JSONScanner(object)
        if scanner.peek() != UInt8(ascii: "{") { return }
        var fragment = Fragment()
        try fragment.readFunction(&scanner)
        add(fragment, scanner, into: &batch)
    }

    /// The stream finished.
    mutating func end(into batch: inout GenerationBatch) {
        for index in calls.indices {
            if let number = calls[index].number { calls[index].custom?.end(call: number, into: &batch) }
        }
    }

    /// A piece of arguments as it stands between quotes.
    private struct EscapedText {
        var bytes: UnsafeBufferPointer<UInt8>
        var hasEscapes = true
        var isCanonical = false
    }

    // MARK: Fragments

    private struct Fragment {
        var index: Int?
        var id: String?
        var name: String?
        var arguments: JSONScanner.StringSpan?
        /// Arguments given as a value instead of a string.
        var argumentsValue: Range<Int>?

        mutating func readCall(_ scanner: inout JSONScanner) throws(JSONError) {
            try scanner.beginObject()
            while let key = try scanner.nextKey() {
                if scanner.isNamed(key, "index") {
                    let range = try scanner.skipValue()
                    index = scanner.bytes(range).wholeNumber
                } else if scanner.isNamed(key, "id") {
                    id = try Self.text(&scanner)
                } else if scanner.isNamed(key, "function"), scanner.peek() == UInt8(ascii: "{") {
                    try readFunction(&scanner)
                } else {
                    try scanner.skipValue()
                }
            }
        }

        mutating func readFunction(_ scanner: inout JSONScanner) throws(JSONError) {
            try scanner.beginObject()
            while let key = try scanner.nextKey() {
                if scanner.isNamed(key, "name") {
                    name = try Self.text(&scanner)
                } else if scanner.isNamed(key, "arguments") {
                    switch scanner.peek() {
                    case UInt8(ascii: "\""): arguments = try scanner.scanString()
                    case UInt8(ascii: "{"), UInt8(ascii: "["): argumentsValue = try scanner.skipValue()
                    default: try scanner.skipValue()
                    }
                } else {
                    try scanner.skipValue()
                }
            }
        }

        /// A string that says something, or nil.
        private static func text(_ scanner: inout JSONScanner) throws(JSONError) -> String? {
            guard scanner.peek() == UInt8(ascii: "\"") else {
                try scanner.skipValue()
                return nil
            }
            let text = scanner.string(try scanner.scanString())
            return text.isEmpty ? nil : text
        }
    }

    private mutating func add(_ fragment: Fragment, _ scanner: borrowing JSONScanner, into batch: inout GenerationBatch) {
        guard let place = place(of: fragment) else { return }
        if calls[place].id == nil { calls[place].id = fragment.id }
        if calls[place].name == nil, let name = fragment.name { begin(place, name, into: &batch) }
        if let span = fragment.arguments, !span.range.isEmpty {
            let text = EscapedText(bytes: scanner.bytes(span.range), hasEscapes: span.hasEscapes, isCanonical: span.isCanonical)
            add(text, to: place, into: &batch)
        } else if let range = fragment.argumentsValue {
            var escaped: [UInt8] = []
            JSONEscapes.escape(scanner.bytes(range), into: &escaped)
            escaped.withUnsafeBufferPointer { add(EscapedText(bytes: $0), to: place, into: &batch) }
        }
    }

    /// Which call a fragment belongs to; a new one when it must be.
    private mutating func place(of fragment: Fragment) -> Int? {
        let current: Int?
        if let index = fragment.index {
            current = calls.lastIndex { $0.wireIndex == index }
        } else if let id = fragment.id, let known = calls.lastIndex(where: { $0.id == id }) {
            current = known
        } else {
            current = calls.indices.last
        }
        if let current, !isNew(fragment, after: calls[current]) { return current }
        guard fragment.id != nil || fragment.name != nil, calls.count < callsMax else { return nil }
        calls.append(Call(wireIndex: fragment.index, id: fragment.id))
        return calls.count - 1
    }

    private func isNew(_ fragment: Fragment, after call: Call) -> Bool {
        if let id = fragment.id, let known = call.id { return id != known }
        guard let name = fragment.name, let known = call.name else { return false }
        // Without ids, a name after whole arguments begins a call; before that it is only repeated.
        return name != known || call.shape.isWhole
    }

    // MARK: Calls

    private mutating func begin(_ place: Int, _ name: String, into batch: inout GenerationBatch) {
        calls[place].name = name
        let isOneTooMany = !policy.isParallel && passedOn > 0
        let id = calls[place].id.flatMap { Self.isUsable($0) ? $0 : nil }
        guard !isOneTooMany, let head = policy.head(name, callID: id) else {
            calls[place].isDropped = true
            calls[place].early = []
            return
        }
        let number = passedOn
        passedOn += 1
        calls[place].number = number
        if head.kind == .custom { calls[place].custom = CustomInputReader() }
        batch.append(call: number, head)
        let early = calls[place].early
        calls[place].early = []
        if !early.isEmpty { early.withUnsafeBufferPointer { pass(EscapedText(bytes: $0), to: place, into: &batch) } }
    }

    private mutating func add(_ text: EscapedText, to place: Int, into batch: inout GenerationBatch) {
        // Only calls without ids differ by it.
        if calls[place].id == nil { calls[place].shape.read(text.bytes) }
        if calls[place].isDropped { return }
        if calls[place].number == nil {
            calls[place].early.append(contentsOf: text.bytes)
        } else {
            pass(text, to: place, into: &batch)
        }
    }

    private mutating func pass(_ text: EscapedText, to place: Int, into batch: inout GenerationBatch) {
        guard let number = calls[place].number else { return }
        if calls[place].custom != nil {
            calls[place].custom?.read(text.bytes, hasEscapes: text.hasEscapes, call: number, into: &batch)
        } else {
            batch.append(call: number, input: text.bytes, hasEscapes: !text.isCanonical)
        }
    }

    /// Whether an engine's id may serve as `call_id`: 1 to 64 characters there. Short ones are counters that begin
    /// again with every answer ("0", "call_1"), and a chain needs ids of its own.
    private static func isUsable(_ id: String) -> Bool {
        (8...64).contains(id.utf8.count) && id.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
    }
}

/// Whether pieces of escaped JSON text make one whole value so far. Only brackets and strings are looked at.
private struct JSONShape: Sendable {
    private var depth = 0
    private var inString = false
    private var backslashes = 0
    private var hasBegun = false

    var isWhole: Bool { hasBegun && depth == 0 && !inString }

    mutating func read(_ text: UnsafeBufferPointer<UInt8>) {
        for byte in text {
            // A quote of the arguments is \" here, and one escaped inside a string of theirs is \\\".
            if byte == UInt8(ascii: "\\") {
                backslashes += 1
                continue
            }
            let before = backslashes
            backslashes = 0
            switch byte {
            case UInt8(ascii: "\""): if before % 4 == 1 { inString.toggle() }
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                hasBegun = true
                if !inString { depth += 1 }
            case UInt8(ascii: "}"), UInt8(ascii: "]"): if !inString { depth -= 1 }
            default: break
            }
        }
    }
}
