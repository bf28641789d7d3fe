import ResponsesAPI
import ResponsesEngine

/// Makes calls of the tool call fragments of a stream, in every shape engines were seen to write them.
///
/// Known shapes: name and id in the first fragment (llama.cpp; vLLM sends the name alone first); whole calls at once;
/// no id; index 0 for every call with a new id each; no index; arguments as an object; the name repeated with every
/// fragment; the id before the name; the older `function_call`; one object instead of an array.
///
/// A call that the client may see is handed on, or the answer fails: `problem` says why. It never just vanishes.
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
        /// The array of calls that named it last, by its number.
        var namedIn = 0

        /// What is kept of it, in bytes.
        var heldBytes: Int {
            early.count + (custom?.heldBytes ?? 0) + (id?.utf8.count ?? 0) + (name?.utf8.count ?? 0)
        }
    }

    private let policy: CallPolicy
    private let callsMax: Int
    private let heldBytesMax: Int
    private var calls: [Call] = []
    private var passedOn = 0
    /// What is kept of all calls, in bytes.
    private var heldBytes = 0
    /// How many arrays of calls were read.
    private var arrays = 0
    /// Why the answer cannot be whole.
    private(set) var problem: EngineError?

    /// So many calls are searched one by one, which needs no tables; models seldom make more.
    private static let searchedMax = 16
    // Of more calls: where the last with an index or an id is, and the ids that the client knows.
    private var placesByIndex: [Int: Int] = [:]
    private var placesByID: [String: Int] = [:]
    private var knownIDs: Set<String> = []
    private var hasTables = false
    /// The names of all calls, once somebody asked for one.
    private var names: Set<String>?

    /// - Parameters:
    ///   - callsMax: an answer with more fails.
    ///   - heldBytesMax: of arguments without a name yet, and of input of custom tools that has not begun; of more the answer
    ///     fails.
    init(policy: CallPolicy, callsMax: Int, heldBytesMax: Int) {
        self.policy = policy
        self.callsMax = callsMax
        self.heldBytesMax = heldBytesMax
    }

    /// Reads the `tool_calls` array of a delta.
    mutating func read(_ array: UnsafeBufferPointer<UInt8>, into batch: inout GenerationBatch) throws(JSONError) {
        var scanner = JSONScanner(array)
        arrays += 1
        if scanner.peek() == UInt8(ascii: "{") {
            var fragment = Fragment()
            try fragment.readCall(&scanner)
            return add(fragment, scanner, into: &batch)
        }
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
        arrays += 1
        var fragment = Fragment()
        try fragment.readFunction(&scanner)
        add(fragment, scanner, into: &batch)
    }

    /// The stream finished.
    mutating func end(into batch: inout GenerationBatch) {
        for index in calls.indices {
            if let number = calls[index].number { calls[index].custom?.end(call: number, into: &batch) }
        }
        // Whether it was offered cannot be told without its name.
        if policy.isParallel || passedOn == 0, calls.contains(where: { $0.name == nil }) {
            fail("The engine sent a tool call without a name. Try again, or check how the engine reads tool calls.")
        }
    }

    /// Whether a call of this name was read. Asked when no more are read, and then perhaps very often.
    mutating func has(callNamed name: String) -> Bool {
        if names == nil { names = Set(calls.lazy.compactMap(\.name)) }
        return names?.contains(name) == true
    }

    private mutating func fail(_ message: String) { problem = problem ?? EngineError(.failed, message) }

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

        /// Whether it says anything of a call.
        var isCall: Bool {
            id != nil || name != nil || arguments.map { !$0.range.isEmpty } ?? false || argumentsValue != nil
        }

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
        guard problem == nil, let place = place(of: fragment) else { return }
        let before = calls[place].heldBytes
        if calls[place].id == nil, let id = fragment.id {
            calls[place].id = id
            note(place)
        }
        if let name = fragment.name {
            calls[place].namedIn = arrays
            if calls[place].name == nil { begin(place, name, into: &batch) }
        }
        if let span = fragment.arguments, !span.range.isEmpty {
            let text = EscapedText(bytes: scanner.bytes(span.range), hasEscapes: span.hasEscapes, isCanonical: span.isCanonical)
            add(text, to: place, into: &batch)
        } else if let range = fragment.argumentsValue {
            var escaped: [UInt8] = []
            JSONEscapes.escape(scanner.bytes(range), into: &escaped)
            escaped.withUnsafeBufferPointer { add(EscapedText(bytes: $0), to: place, into: &batch) }
        }
        heldBytes += calls[place].heldBytes - before
        if heldBytes > heldBytesMax {
            fail("The engine sent more of a tool call than this server keeps before it knows what it is of. Try again.")
        }
    }

    /// Which call a fragment belongs to; a new one when it must be. Nil when it says nothing.
    private mutating func place(of fragment: Fragment) -> Int? {
        if let current = current(fragment), !isNew(fragment, after: calls[current]) { return current }
        guard fragment.isCall else { return nil }
        guard calls.count < callsMax else {
            fail("The engine sent more than \(callsMax) tool calls in one answer. Ask for fewer at once.")
            return nil
        }
        calls.append(Call(wireIndex: fragment.index))
        note(calls.count - 1)
        return calls.count - 1
    }

    /// The call that a fragment goes on with, unless it begins another.
    private func current(_ fragment: Fragment) -> Int? {
        if let id = fragment.id, let known = place(withID: id) {
            // What has no name cannot begin a call, whatever its index.
            let isSamePlace = fragment.index == nil || calls[known].wireIndex == nil || fragment.index == calls[known].wireIndex
            if fragment.name == nil || isSamePlace { return known }
        }
        if let index = fragment.index { return place(withIndex: index) }
        return calls.indices.last
    }

    private func isNew(_ fragment: Fragment, after call: Call) -> Bool {
        // Within one array each name is a call's.
        if fragment.name != nil, call.namedIn == arrays { return true }
        if let id = fragment.id, let known = call.id {
            if id != known { return true }
            guard let name = fragment.name, let known = call.name else { return false }
            return name != known
        }
        guard let name = fragment.name, let known = call.name else { return false }
        // Without ids, a name after whole arguments begins a call; before that it is only repeated.
        return name != known || call.shape.isWhole
    }

    // MARK: Places

    private func place(withIndex index: Int) -> Int? {
        if let last = calls.last, last.wireIndex == index { return calls.count - 1 }
        return calls.count <= Self.searchedMax ? calls.lastIndex { $0.wireIndex == index } : placesByIndex[index]
    }

    private func place(withID id: String) -> Int? {
        if let last = calls.last, last.id == id { return calls.count - 1 }
        return calls.count <= Self.searchedMax ? calls.lastIndex { $0.id == id } : placesByID[id]
    }

    /// Whether the client knows a call of this id.
    private func isKnown(_ id: String) -> Bool {
        calls.count <= Self.searchedMax ? calls.contains { $0.number != nil && $0.id == id } : knownIDs.contains(id)
    }

    /// A call is new, or its id or number is.
    private mutating func note(_ place: Int) {
        guard calls.count > Self.searchedMax else { return }
        // The tables begin with the first call that is not searched.
        let places = hasTables ? place..<place + 1 : 0..<calls.count
        hasTables = true
        for place in places {
            if let index = calls[place].wireIndex { placesByIndex[index] = max(place, placesByIndex[index] ?? 0) }
            guard let id = calls[place].id else { continue }
            placesByID[id] = max(place, placesByID[id] ?? 0)
            if calls[place].number != nil { knownIDs.insert(id) }
        }
    }

    // MARK: Calls

    private mutating func begin(_ place: Int, _ name: String, into batch: inout GenerationBatch) {
        calls[place].name = name
        let isOneTooMany = !policy.isParallel && passedOn > 0
        // Two calls of one id: the client could not say which it answers. The second gets an id here.
        let id = calls[place].id.flatMap { Self.isUsable($0) && !isKnown($0) && !policy.secrets.occur(in: $0) ? $0 : nil }
        guard !isOneTooMany, let head = policy.head(name, callID: id) else {
            calls[place].isDropped = true
            calls[place].early = []
            return
        }
        // A name that was offered is the client's own word.
        if policy.heads[name] == nil, policy.secrets.occur(in: name) {
            calls[place].isDropped = true
            return fail("The engine sent a call of a tool that was not offered. Try again.")
        }
        let number = passedOn
        passedOn += 1
        calls[place].number = number
        note(place)
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
