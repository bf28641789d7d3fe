import ResponsesAPI

/// Under what a response is remembered for the request that will bring it back.
package struct HistoryTicket: Sendable {
    /// The conversation up to the response.
    let input: HistoryDigest
    /// What stands right before the response, whatever came before that.
    let near: HistoryDigest
    /// The same as it was sent.
    let sent: SentDigest
    /// The calls of the conversation that were read of this request.
    let calls: Set<String>
    /// The whole request.
    let request: SentDigest
}
