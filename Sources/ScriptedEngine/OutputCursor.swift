import ResponsesAPI
import ResponsesEngine

/// Walks a plan token by token and writes it into batches, up to the limit of the output.
struct OutputCursor {
    private let parts: [Plan.Part]
    private var part = 0
    /// Bytes of the current part that are written.
    private var offset = 0
    private var calls = 0
    private var tokensLeft: Int
    /// Nothing is written past this many tokens until it is moved; nil for no such place.
    var stopTokens: Int?
    /// The conversation with all finished parts.
    private var fold: ConversationFold

    private(set) var outputTokens = 0
    private(set) var reasoningTokens = 0

    init(_ plan: Plan, after fold: ConversationFold, tokensMax: Int?) {
        parts = plan.parts
        self.fold = fold
        tokensLeft = tokensMax ?? Int.max
    }

    /// Whether everything is said, the limit reached, or the place to stop at.
    var isAtEnd: Bool { part == parts.count || tokensLeft == 0 || tokensToStop == 0 }

    private var tokensToStop: Int { stopTokens.map { max(0, $0 - outputTokens) } ?? .max }

    var finish: FinishReason { part == parts.count ? .stop : .length }

    /// The place after everything written, for the cache. An item that the limit cut counts as far as it came.
    var place: ContentHash {
        guard offset > 0 else { return fold.hash }
        var fold = fold
        switch parts[part] {
        case .reasoning: break
        case .text(let text): fold.addAnswer(JSONText(escapedSlice: text.escaped[..<offset]))
        case .call(let head, let input):
            fold.add(head, input: JSONText(escapedSlice: input.escaped[..<offset]))
        }
        return fold.hash
    }

    /// Adds tokens to a batch until the end, or until it holds `eventsMax` events or `tokensMax` new tokens.
    mutating func write(into batch: inout GenerationBatch, eventsMax: Int = .max, tokensMax: Int = .max) {
        var tokens = 0
        while !isAtEnd, tokens < tokensMax, batch.events.count < eventsMax {
            tokens += writePart(into: &batch, eventsMax: eventsMax, tokensMax: min(tokensMax - tokens, tokensLeft, tokensToStop))
        }
    }

    /// Writes tokens of the current part; returns how many.
    private mutating func writePart(into batch: inout GenerationBatch, eventsMax: Int, tokensMax: Int) -> Int {
        let current = parts[part]
        let text: JSONText
        switch current {
        case .reasoning(let reasoning): text = reasoning
        case .text(let answer): text = answer
        case .call(let head, let input):
            text = input
            if offset == 0 { batch.append(call: calls, head) }
        }
        let call = calls
        var written = 0
        let end = text.escaped.withUnsafeBufferPointer { bytes in
            var start = offset
            while start < bytes.count, written < tokensMax, batch.events.count < eventsMax || written == 0 {
                let end = Tokens.end(of: start, in: bytes)
                let token = UnsafeBufferPointer(rebasing: bytes[start..<end])
                switch current {
                case .reasoning: batch.append(reasoning: token, hasEscapes: false)
                case .text: batch.append(text: token, hasEscapes: false)
                case .call: batch.append(call: call, input: token, hasEscapes: false)
                }
                written += 1
                start = end
            }
            return start
        }
        outputTokens += written
        tokensLeft -= written
        if case .reasoning = current { reasoningTokens += written }
        if end == text.escaped.count { finishPart(current) } else { offset = end }
        return written
    }

    private mutating func finishPart(_ part: Plan.Part) {
        switch part {
        case .reasoning: break
        case .text(let text): fold.addAnswer(text)
        case .call(let head, let input):
            fold.add(head, input: input)
            calls += 1
        }
        self.part += 1
        offset = 0
    }
}

extension ConversationFold {
    fileprivate mutating func add(_ head: ToolCallHead, input: JSONText) {
        add(head.kind, callID: head.callID ?? "", name: head.name, input: input)
    }
}
