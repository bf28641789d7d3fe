import ResponsesAPI
import ResponsesEngine

/// Parts a thought at the very beginning of the content, such as `<think>…</think>`, from the answer after it.
///
/// Works on escaped text piece by piece and holds back only what may still become a tag. White space before the tag,
/// inside its beginning and after its end is dropped, as models put it there for the template's sake; a thought of
/// nothing but white space is none. Once it is past, text goes through untouched.
struct ThinkTagReader: Sendable {
    private enum State {
        /// A tag may open a thought.
        case beginning
        /// The template opened a thought; a tag may say so once more.
        case opened
        case thinking(hasBegun: Bool)
        case thought, past
    }

    private var state: State
    private var held: [UInt8] = []
    private let tags: [ThinkTag]
    /// Those that end the thought at hand.
    private var closings: [[UInt8]] = []

    /// - Parameters:
    ///   - tags: none: content is content.
    ///   - isOpened: the template opened the thought, so that only its end is sent.
    init(_ tags: [ThinkTag], isOpened: Bool = false) {
        self.tags = tags
        state = tags.isEmpty ? .past : isOpened ? .opened : .beginning
    }

    /// Whether text needs no look any more. Hot path: the caller appends it itself.
    var isPast: Bool { if case .past = state { true } else { false } }

    /// A thought was begun and is not over.
    var isThinking: Bool {
        switch state {
        case .opened, .thinking: true
        case .beginning, .thought, .past: false
        }
    }

    /// More white space than this does not begin a tag.
    private static let heldMax = 1024

    /// The engine parts reasoning itself: content is content.
    mutating func turnOff(into batch: inout GenerationBatch) {
        switch state {
        case .beginning: end(into: &batch)
        case .opened:
            flush(held[...], asReasoning: false, &batch)
            held = []
            state = .past
        case .thinking, .thought, .past: break
        }
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
        case .opened, .thinking: flush(held[...], asReasoning: true, &batch)
        case .thought, .past: break
        }
        held = []
        state = .past
    }

    /// Goes as far as the held bytes allow; returns whether the state changed, so that there is more to do.
    private mutating func step(into batch: inout GenerationBatch) -> Bool {
        switch state {
        case .beginning, .opened:
            let rest = Self.withoutSpace(held[...])
            if let tag = tags.first(where: { rest.starts(with: $0.opening) }) {
                held = Array(rest.dropFirst(tag.opening.count))
                closings = [tag.closing]
                state = .thinking(hasBegun: false)
                return true
            }
            if held.count < Self.heldMax, tags.contains(where: { $0.opening.starts(with: rest) }) { return false }
            if case .opened = state {
                closings = tags.map(\.closing)
                state = .thinking(hasBegun: false)
                return true
            }
            flush(held[...], asReasoning: false, &batch)
            state = .past
        case .thinking(let hasBegun):
            if !hasBegun {
                held = Array(Self.withoutSpace(held[...]))
                if held.isEmpty { return false }
            }
            if let tag = closings.compactMap({ held.firstRange(of: $0) }).min(by: { $0.lowerBound < $1.lowerBound }) {
                flush(held[..<tag.lowerBound], asReasoning: true, &batch)
                held.removeSubrange(..<tag.upperBound)
                state = .thought
                return true
            }
            let kept = closings.map { Self.lengthOfBeginning(of: $0, at: held) }.max() ?? 0
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

    /// How many bytes at the end may be the beginning of a tag.
    private static func lengthOfBeginning(of tag: [UInt8], at bytes: [UInt8]) -> Int {
        for length in stride(from: min(bytes.count, tag.count - 1), to: 0, by: -1)
        where bytes.suffix(length).elementsEqual(tag.prefix(length)) { return length }
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
