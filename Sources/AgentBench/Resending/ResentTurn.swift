import ResponsesAPI

/// What a turn of such a wire brought, put together from its stream.
struct ResentTurn: Sendable {
    struct Call: Sendable {
        var id: String
        var name: String
        /// JSON.
        var arguments = ""
    }

    private(set) var text = ""
    private(set) var reasoning = ""
    /// Of the reasoning, which is given back with it only.
    private(set) var signature = ""
    /// The whole ones, once the turn has ended.
    private(set) var calls: [Call] = []
    private(set) var usage = Usage()
    /// When the first piece of text, reasoning or arguments came; nil when none did.
    private(set) var firstPieceAt: ContinuousClock.Instant?
    /// Whether the model said why it stopped: what came is whole then.
    private(set) var hasReason = false
    private var isCut = false

    /// Calls that a turn may have; a stream with more is none of a model.
    private static let callsMax = 128

    /// The last call is not whole where the limit of the output cut it.
    mutating func end() {
        if isCut, !calls.isEmpty { calls.removeLast() }
    }

    private mutating func note(_ piece: RawJSON?, _ text: WritableKeyPath<ResentTurn, String>) {
        guard let piece = piece?.stringValue, !piece.isEmpty else { return }
        self[keyPath: text] += piece
        notePiece()
    }

    private mutating func note(arguments piece: RawJSON?, ofCall index: Int) {
        guard calls.indices.contains(index), let piece = piece?.stringValue, !piece.isEmpty else { return }
        calls[index].arguments += piece
        notePiece()
    }

    private mutating func notePiece() {
        if firstPieceAt == nil { firstPieceAt = ContinuousClock.now }
    }

    private mutating func begin(_ call: Call) {
        if calls.count < Self.callsMax { calls.append(call) }
    }

    // MARK: Chat Completions

    mutating func read(chunk json: RawJSON) {
        if let counts = json["usage"], counts.isObject {
            usage = Usage(
                inputTokens: counts["prompt_tokens"]?.intValue ?? 0,
                cachedTokens: counts["prompt_tokens_details"]?["cached_tokens"]?.intValue ?? 0,
                outputTokens: counts["completion_tokens"]?.intValue ?? 0,
                reasoningTokens: counts["completion_tokens_details"]?["reasoning_tokens"]?.intValue ?? 0)
        }
        guard let choice = json["choices"]?.elements.first else { return }
        if let reason = choice["finish_reason"]?.stringValue {
            hasReason = true
            isCut = reason == "length"
        }
        guard let delta = choice["delta"] else { return }
        note(delta["content"], \.text)
        note(delta["reasoning_content"], \.reasoning)
        for piece in delta["tool_calls"]?.elements ?? [] {
            let index = piece["index"]?.intValue ?? 0
            let function = piece["function"]
            if index == calls.count, let name = function?["name"]?.stringValue {
                begin(Call(id: piece["id"]?.stringValue ?? "", name: name))
            }
            note(arguments: function?["arguments"], ofCall: index)
        }
    }

    // MARK: Messages

    /// - Returns: whether this was the last event.
    mutating func read(event json: RawJSON) -> Bool {
        switch json["type"]?.stringValue {
        case "message_start": read(usage: json["message"]?["usage"])
        case "content_block_start":
            guard let block = json["content_block"], block["type"]?.stringValue == "tool_use" else { break }
            begin(Call(id: block["id"]?.stringValue ?? "", name: block["name"]?.stringValue ?? ""))
        case "content_block_delta":
            guard let delta = json["delta"] else { break }
            note(delta["text"], \.text)
            note(delta["thinking"], \.reasoning)
            if let signature = delta["signature"]?.stringValue { self.signature += signature }
            // Blocks come one after the other.
            note(arguments: delta["partial_json"], ofCall: calls.count - 1)
        case "message_delta":
            read(usage: json["usage"])
            if let reason = json["delta"]?["stop_reason"]?.stringValue {
                hasReason = true
                isCut = reason == "max_tokens"
            }
        case "message_stop": return true
        default: break
        }
        return false
    }

    /// Later counts replace earlier ones, as far as they are given. What was cached is no part of `input_tokens` here.
    private mutating func read(usage counts: RawJSON?) {
        guard let counts else { return }
        if let input = counts["input_tokens"]?.intValue {
            usage.cachedTokens = counts["cache_read_input_tokens"]?.intValue ?? 0
            usage.inputTokens = input + usage.cachedTokens + (counts["cache_creation_input_tokens"]?.intValue ?? 0)
        }
        if let output = counts["output_tokens"]?.intValue { usage.outputTokens = output }
    }
}
