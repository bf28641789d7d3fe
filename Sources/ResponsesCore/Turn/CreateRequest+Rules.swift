import ResponsesAPI

extension CreateRequest {
    /// Whether this server does what is asked for, as far as the request alone shows it.
    func check(_ transport: Connection.Transport) throws(APIError) {
        if background == true {
            throw .invalidRequest(
                .unsupportedValue, "Background responses are not supported. Leave 'background' out.", param: "background")
        }
        if let conversation, !conversation.isNull {
            throw .invalidRequest(
                .unsupportedValue, "Conversations are not supported. Continue with 'previous_response_id'.",
                param: "conversation")
        }
        if extra.contains(where: { $0.name == "prompt" && !$0.value.isNull }) {
            throw .invalidRequest(
                .unsupportedValue, "This server keeps no prompts. Send what the prompt says in 'instructions' and 'input'.",
                param: "prompt")
        }
        if !transport.isLasting, streamID != nil {
            throw .invalidRequest(
                .unknownParameter, "'stream_id' names a lane of a WebSocket connection. Leave it out over HTTP.",
                param: "stream_id")
        }
    }

    /// The newest response that an item of the input refers to, as far as its id says which it is.
    var referencedResponse: ResponseID? {
        for item in input.reversed() {
            if case .reference(let id) = item.body, let response = ResponseID(ofItem: id) { return response }
        }
        return nil
    }

    /// Takes the item away that asks for a compaction; true when there was one. Elsewhere it would be left out without a word.
    mutating func takeCompactionTrigger() throws(APIError) -> Bool {
        guard let place = input.firstIndex(where: { $0.type == Self.compactionTrigger }) else { return false }
        guard place == input.count - 1 else {
            throw .invalidRequest(
                .invalidValue, "A '\(Self.compactionTrigger)' must be the last item of 'input'.", param: "input[\(place)]")
        }
        input.removeLast()
        return true
    }

    private static let compactionTrigger = "compaction_trigger"

    /// Makes a compaction's request the one that its summary is generated with.
    mutating func askForSummary() {
        stream = false
        generate = nil
        becomeCompaction()
    }

    /// Makes a count's request one that nothing is generated or kept for.
    mutating func becomeCount() {
        (stream, generate, background) = (nil, nil, nil)
        store = false
        contextManagement = nil
    }

    /// Makes a request the one that its conversation is compacted with before it is answered.
    mutating func becomeSummary() {
        becomeCompaction()
        // A weak model would write on to the end of its context; and engines want room for so much beside the prompt.
        maxOutputTokens = min(4096, max(1024, (compactThreshold ?? 0) / 4))
    }

    /// Asks for a summary behind the conversation. Tools stay as they are and cannot be called, so that the engine's cache holds
    /// all but the question.
    mutating func becomeCompaction() {
        input.append(.userMessage(CompactionWriter.instruction))
        store = false
        toolChoice = .none
        text = TextSettings()
    }
}
