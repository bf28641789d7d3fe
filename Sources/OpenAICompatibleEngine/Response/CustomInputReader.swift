import ResponsesAPI
import ResponsesEngine

/// Streams the text of `{"input": "…"}` out of a call's partial arguments.
///
/// A custom tool is offered as a function of one string (responses-api 14); its text is JSON within JSON, so
/// two layers of escapes come off here, piece by piece. Arguments that are no such object are the input as they stand.
struct CustomInputReader: Sendable {
    private enum State {
        case beforeObject
        /// Before, in, or after a member's name.
        case beforeName, name, beforeColon, beforeValue
        case input
        /// A value of another member.
        case otherString
        case otherValue(depth: Int, inString: Bool)
        case finished
    }

    private var state = State.beforeObject
    /// Inside a string: the byte before was a backslash.
    private var isEscaped = false
    private var memberName: [UInt8] = []
    /// Arguments so far, while no input was found.
    private var all: [UInt8] = []
    /// Escaped input not handed on yet.
    private var pending: [UInt8] = []
    private var found = false

    /// What is kept, in bytes.
    var heldBytes: Int { all.count + pending.count }

    /// Reads a piece of the arguments, as it stands between the quotes of the chunk.
    mutating func read(
        _ text: UnsafeBufferPointer<UInt8>, hasEscapes: Bool, call: Int, into batch: inout GenerationBatch
    ) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count)
        if hasEscapes { JSONEscapes.unescape(text, into: &bytes) } else { bytes.append(contentsOf: text) }
        if !found { all.append(contentsOf: bytes) }
        for byte in bytes { step(byte) }
        if found { all = [] }
        flush(upTo: wholeEscapes(), call, &batch)
    }

    /// The arguments ended; a cut escape at their end is dropped.
    mutating func end(call: Int, into batch: inout GenerationBatch) {
        if found { return }
        let text = String(decoding: all, as: UTF8.self)
        if !text.isEmpty { batch.append(call: call, input: text) }
        all = []
        found = true
        state = .finished
    }

    private mutating func step(_ byte: UInt8) {
        let isSpace = byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
        switch state {
        case .beforeObject:
            if isSpace { return }
            state = byte == UInt8(ascii: "{") ? .beforeName : .finished
        case .beforeName:
            if byte == UInt8(ascii: "\"") {
                memberName = []
                state = .name
            } else if byte == UInt8(ascii: "}") {
                state = .finished
            }
        case .name:
            if isEnd(byte) { state = .beforeColon } else if memberName.count < 16 { memberName.append(byte) }
        case .beforeColon: if byte == UInt8(ascii: ":") { state = .beforeValue }
        case .beforeValue:
            if isSpace { return }
            switch byte {
            case UInt8(ascii: "\""):
                let isInput = memberName.elementsEqual("input".utf8) && !found
                found = found || isInput
                state = isInput ? .input : .otherString
            case UInt8(ascii: "{"), UInt8(ascii: "["): state = .otherValue(depth: 1, inString: false)
            default: state = .otherValue(depth: 0, inString: false)
            }
        case .input:
            if isEnd(byte) { state = .finished } else { pending.append(byte) }
        case .otherString:
            if isEnd(byte) { state = .otherValue(depth: 0, inString: false) }
        case .otherValue(let depth, inString: true):
            if isEnd(byte) { state = .otherValue(depth: depth, inString: false) }
        case .otherValue(let depth, inString: false):
            switch byte {
            case UInt8(ascii: "\""): state = .otherValue(depth: depth, inString: true)
            case UInt8(ascii: "{"), UInt8(ascii: "["): state = .otherValue(depth: depth + 1, inString: false)
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                state = depth == 0 ? .finished : .otherValue(depth: depth - 1, inString: false)
            case UInt8(ascii: ",") where depth == 0: state = .beforeName
            default: break
            }
        case .finished: break
        }
    }

    /// Whether a byte inside a string ends it.
    private mutating func isEnd(_ byte: UInt8) -> Bool {
        if isEscaped {
            isEscaped = false
            return false
        }
        isEscaped = byte == UInt8(ascii: "\\")
        return byte == UInt8(ascii: "\"")
    }

    /// How much of the pending text ends on a whole escape and a whole surrogate pair.
    private func wholeEscapes() -> Int {
        if case .finished = state { return pending.count }
        var index = 0
        while index < pending.count {
            guard pending[index] == UInt8(ascii: "\\") else {
                index += 1
                continue
            }
            guard index + 1 < pending.count else { return index }
            guard pending[index + 1] == UInt8(ascii: "u") else {
                index += 2
                continue
            }
            guard index + 6 <= pending.count else { return index }
            let isHighSurrogate =
                pending[index + 2] | 0x20 == UInt8(ascii: "d")
                && (JSONEscapes.hexValue(pending[index + 3]).map { (8...11).contains($0) } ?? false)
            // Its second half may be on the way, as long as what follows looks like the beginning of one.
            let next = pending[(index + 6)...].prefix(2)
            if isHighSurrogate, index + 12 > pending.count, next.elementsEqual("\\u".utf8.prefix(next.count)) { return index }
            index += 6
        }
        return index
    }

    private mutating func flush(upTo end: Int, _ call: Int, _ batch: inout GenerationBatch) {
        if end == 0 { return }
        let text = pending[..<end]
        // What the model wrote between the quotes need not be JSON: only whole, known escapes may pass as they are.
        var safe: [UInt8] = []
        safe.reserveCapacity(end + 8)
        Self.repair(text, into: &safe)
        safe.withUnsafeBufferPointer { batch.append(call: call, input: $0, hasEscapes: true) }
        pending.removeSubrange(..<end)
    }

    /// Makes validly escaped text of what ought to be: escapes raw control characters and unknown escapes.
    private static func repair(_ text: ArraySlice<UInt8>, into safe: inout [UInt8]) {
        var index = text.startIndex
        while index < text.endIndex {
            let byte = text[index]
            if byte == UInt8(ascii: "\\"), index + 1 < text.endIndex {
                let letter = text[index + 1]
                switch letter {
                case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
                    UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
                    safe.append(contentsOf: [byte, letter])
                    index += 2
                    continue
                case UInt8(ascii: "u") where index + 6 <= text.endIndex
                    && text[(index + 2)..<(index + 6)].allSatisfy({ JSONEscapes.hexValue($0) != nil }):
                    safe.append(contentsOf: text[index..<(index + 6)])
                    index += 6
                    continue
                default: safe.append(contentsOf: [byte, byte])
                }
            } else if byte < 0x20 {
                withUnsafeBytes(of: byte) { raw in
                    JSONEscapes.escape(raw.bindMemory(to: UInt8.self), into: &safe)
                }
            } else {
                safe.append(byte)
            }
            index += 1
        }
    }
}
