import ResponsesAPI
import ResponsesCore

/// `POST /v1/chat/completions`: the wire that most agents speak (chat-completions).
package struct ChatWire: Wire {
    private let reasoning: ChatReasoningField

    /// - Parameter reasoning: under which name thoughts are sent.
    package init(reasoning: ChatReasoningField = .reasoningContent) { self.reasoning = reasoning }

    package var framing: StreamFraming { StreamFraming(hasNames: false, endsWithDone: (well: true, failed: false)) }

    package func request(reading body: [UInt8], _ reading: WireReading) throws(APIError) -> WireRequest {
        try body.scanned { (scanner) throws(APIError) in
            var request = try ChatRequest(&scanner)
            let bytes = scanner.bytes(0..<body.count)
            request.create.tools = try request.tools(in: bytes, reading.tools)
            request.create.toolChoice = try request.choice(among: request.create.tools)
            request.create.promptCacheKey = PlacementKey.of(request.create, reading.header)
            let messages = ChatMessages(request.messages, in: bytes)
            request.create.instructions = try messages.instructions()
            let history = try reading.history.read(
                messages.places, in: bytes, model: request.create.model, head: request.create.instructions,
                items: { (index) throws(APIError) in try messages.items(index) },
                words: { problem in problem.chatWords(behind: messages.headCount) })
            let format = ChatFormat(
                isStream: request.isStream && !reading.isCount, hasUsage: request.wantsUsage, isLegacy: request.isLegacy,
                reasoning: request.hidesReasoning ? nil : reasoning)
            return WireRequest(request.create, history, format, isStream: format.isStream)
        }
    }

    package func answer(to error: APIError, requestID: String) -> WireError { ChatError(error).answer }
}
