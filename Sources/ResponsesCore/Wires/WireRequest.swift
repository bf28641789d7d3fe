import ResponsesAPI

/// A wire's request as the core does it.
package struct WireRequest: Sendable {
    /// Its settings, tools and instructions. `input` has what is new behind `history.parent`, `store` is false.
    package var create: CreateRequest
    /// What is known of the conversation.
    package var history: KnownHistory
    /// How the turn is written.
    package var format: any WireFormat
    package var isStream: Bool

    /// Puts the conversation into the request.
    package init(_ create: consuming CreateRequest, _ history: consuming KnownHistory, _ format: any WireFormat, isStream: Bool) {
        self.create = create
        self.create.input = history.items
        self.create.hasInput = true
        // These clients set it without meaning it.
        self.create.store = false
        self.history = history
        self.format = format
        self.isStream = isStream
    }
}
