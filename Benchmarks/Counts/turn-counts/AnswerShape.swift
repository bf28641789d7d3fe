import CTurnCounts

/// In how many deltas, writes and chunks of HTTP the engine answers.
struct AnswerShape {
    var content = Content.text
    var deltas: Int
    var deltasPerWrite: Int
    var deltasPerChunk: Int

    /// A short answer that comes at once, each delta in a chunk of its own as engines send them.
    static let turn = AnswerShape(deltas: 32, deltasPerWrite: 32, deltasPerChunk: 1)

    var answer: peer_answer {
        peer_answer(
            content: content.peer, deltas: Int32(deltas), deltas_per_write: Int32(deltasPerWrite),
            deltas_per_chunk: Int32(deltasPerChunk))
    }
}
