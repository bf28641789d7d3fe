import ResponsesAPI
import ResponsesStore

extension CreateRequest {
    /// Whether this server does what is asked for, as far as the request alone shows it.
    ///
    /// - Parameter mayStore: whether this owner's responses may be stored.
    func check(_ transport: Connection.Transport, mayStore: Bool) throws(APIError) {
        if background == true {
            guard transport.isBackground else {
                throw .invalidRequest(
                    .unsupportedValue,
                    "Background responses are started by POST /v1/responses. Leave 'background' out here.", param: "background")
            }
            try checkStored("background", "A background response", mayStore)
            if generate == false {
                throw .invalidRequest(
                    .unsupportedValue, "A warmup does not run in the background. Leave one of both out.", param: "background")
            }
        }
        if conversation != nil { try checkStored("conversation", "A turn in a conversation", mayStore) }
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

    private func checkStored(_ field: String, _ what: String, _ mayStore: Bool) throws(APIError) {
        guard mayStore else {
            throw .invalidRequest(
                .unsupportedValue, "\(what) is stored, and nothing is stored for this key. Leave '\(field)' out.", param: field)
        }
        if store == false {
            throw .invalidRequest(
                .unsupportedValue, "\(what) is stored. Leave 'store' out, or leave '\(field)' out.", param: field)
        }
    }

    /// The conversation that is asked for: its id, or an object with it (responses-api 2).
    func conversationID() throws(APIError) -> ConversationID? {
        guard let conversation else { return nil }
        guard let id = conversation.stringValue ?? conversation["id"]?.stringValue, !id.isEmpty else {
            throw .invalidRequest(.invalidType, "'conversation' must be a conversation's id, or an object with it.", param: "conversation")
        }
        return ConversationID(id)
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
