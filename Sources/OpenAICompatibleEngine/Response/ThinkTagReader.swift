import ResponsesAPI
import ResponsesEngine

/// Parts `<think>…</think>` at the very beginning of the content from the answer after it.
///
/// Works on escaped text piece by piece and holds back only what may still become a tag. White space before the tag,
/// inside its beginning and after its end is dropped, as models put it there for the template's sake; a thought of
/// nothing but white space is none. Once it is past, text goes through untouched.
struct ThinkTagReader: Sendable {
    private enum State { case beginning, thinking(hasBegun: Bool), thought, past }

    private var state: State
    private var held: [UInt8] = []

    init(isOn: Bool) { state = isOn ? .beginning : .past }

    /// Whether text needs no look any more. Hot path: the caller appends it itself.
    var isPast: Bool { if case .past = state { true } else { false } }

    private static let opening = Array("<think>".utf8)
    private static let closing = Array("</think>".utf8)
    /// More white space than this does not begin a tag.
    private static let heldMax = 1024

    /// The engine parts reasoning itself: content is content.
    mutating func turnOff(into batch: inout GenerationBatch) {
        if case .beginning = state { end(into: &batch) }
    }

    mutating func read(_ text: UnsafeBufferPointer<UInt8>, hasEscapes: Bool, into batch: inout GenerationBatch) {
        if hasEscapes {
            JSONEscapes.canonicalize(text, into: &held)
        } else {
            held.append(contentsOf: text)
        }
        while step(into: &batch) {}
    }

    /// The content ended: what was held back is what it looked like.
    mutating func end(into batch: inout GenerationBatch) {
        switch state {
        case .beginning: flush(held[...], asReasoning: false, &batch)
        case .thinking: flush(held[...], asReasoning: true, &batch)
        case .thought, .past: break
        }
        held = []
        state = .past
    }

    /// Goes as far as the held bytes allow; returns whether the state changed, so that there is more to do.
    private mutating func step(into batch: inout GenerationBatch) -> Bool {
        switch state {
        case .beginning:
            let rest = Self.withoutSpace(held[...])
            if rest.starts(with: Self.opening) {
                held = Array(rest.dropFirst(Self.opening.count))
                state = .thinking(hasBegun: false)
                return true
            }
            if Self.opening.starts(with: rest), held.count < Self.heldMax { return false }
            flush(held[...], asReasoning: false, &batch)
            state = .past
        case .thinking(let hasBegun):
            if !hasBegun {
                held = Array(Self.withoutSpace(held[...]))
                if held.isEmpty { return false }
            }
            if let tag = held.firstRange(of: Self.closing) {
                flush(held[..<tag.lowerBound], asReasoning: true, &batch)
                held.removeSubrange(..<tag.upperBound)
                state = .thought
                return true
            }
            let kept = Self.lengthOfTagBeginning(held)
            guard held.count > kept else { return false }
            flush(held[..<(held.count - kept)], asReasoning: true, &batch)
            held.removeSubrange(..<(held.count - kept))
            state = .thinking(hasBegun: true)
            return false
        case .thought:
            let rest = Self.withoutSpace(held[...])
            if rest.isEmpty {
                held.removeAll()
                return false
            }
            flush(rest, asReasoning: false, &batch)
            state = .past
        case .past: break
        }
        held = []
        return false
    }

    private func flush(_ bytes: ArraySlice<UInt8>, asReasoning: Bool, _ batch: inout GenerationBatch) {
        if bytes.isEmpty { return }
        bytes.withUnsafeBufferPointer {
            asReasoning ? batch.append(reasoning: $0, hasEscapes: false) : batch.append(text: $0, hasEscapes: false)
        }
    }

    /// How many bytes at the end may be the beginning of the closing tag.
    private static func lengthOfTagBeginning(_ bytes: [UInt8]) -> Int {
        for length in stride(from: min(bytes.count, closing.count - 1), to: 0, by: -1)
        where bytes.suffix(length).elementsEqual(closing.prefix(length)) { return length }
        return 0
    }

    /// Escaped text without the white space it begins with.
    private static func withoutSpace(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var rest = text
        while let first = rest.first {
            if first == UInt8(ascii: " ") {
                rest = rest.dropFirst()
            } else if first == UInt8(ascii: "\\"), let letter = rest.dropFirst().first,
                letter == UInt8(ascii: "n") || letter == UInt8(ascii: "r") || letter == UInt8(ascii: "t")
            {
                rest = rest.dropFirst(2)
            } else {
                break
            }
        }
        return rest
    }
}
