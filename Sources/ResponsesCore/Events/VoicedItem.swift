import ResponsesAPI

/// An item that begins, as a voice is told of it.
package enum VoicedItem: Sendable {
    case reasoning
    case message
    /// A call with the id that its client answers under.
    case call(VoicedCall)
    /// Of a kind that only Responses has, such as `web_search_call`. Nothing of it is said but its end.
    case other
}
