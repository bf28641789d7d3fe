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
    /// The request's stop strings.
    package var stops: [String] = []
    package var budget = ResponseBudget(Limits())

    package init() {}
}
