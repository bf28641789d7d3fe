import ResponsesAPI

/// What differs between servers and transports in how a response is written.
package struct AssemblerSettings: Sendable {
    package var reasoningEvents: ReasoningEvents = .openAI
    /// Whether a failure is said by an `error` event before `response.failed`: over SSE.
    package var announcesFailures = false
    /// Whether only the last event is read; the others are then not encoded.
    package var writesLastEventOnly = false
    /// Whether the response runs in the background: it begins as queued, and a cancel has a status of its own (responses-api 9).
    package var isBackground = false
    /// Seals reasoning for clients that asked for `reasoning.encrypted_content`; nil when they did not.
    package var sealer: OwnedSealer?
    /// Makes an id for a call that the engine gave none; nil for one of the response's own form.
    package var makeCallID: (@Sendable () -> String)?
    /// Whether an id is that of another call of the conversation; nil where the engine's ids are taken as they are.
    package var isCallIDTaken: (@Sendable (String) -> Bool)?
    /// The request's stop strings.
    package var stops: [String] = []
    package var budget = ResponseBudget(Limits())

    package init() {}

    /// Of a turn on a wire whose clients send the whole conversation: they tell calls apart by their ids alone, and one that comes twice
    /// has clients ask again for good (anthropic-messages 11, chat-completions 6.3).
    ///
    /// - Parameter makeCallID: for calls without an id of their own.
    package init(_ request: CreateRequest, _ configuration: Connection.Configuration, makeCallID: @escaping @Sendable () -> String) {
        stops = request.stop
        budget = ResponseBudget(configuration.limits)
        self.makeCallID = makeCallID
        isCallIDTaken = configuration.isCallIDTaken
    }
}
