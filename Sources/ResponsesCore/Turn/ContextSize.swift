import ResponsesAPI

/// About how many tokens a turn's conversation has, before its engine counts them.
///
/// What the chain has was counted with its last response. Of what is new a token is taken for four bytes, which is near for English
/// and code.
enum ContextSize {
    static func tokens(_ request: CreateRequest, after parent: ChainNode?) -> Int {
        var bytes = request.input.reduce(0) { $0 + $1.estimatedBytes }
        guard let parent else {
            bytes += (request.instructions?.escaped.count ?? 0) + request.tools.json.bytes.count
            return bytes / bytesPerToken
        }
        // A node has its items and what was made of them for the engine.
        return sum(parent.contextTokens ?? parent.chainBytes / (2 * bytesPerToken), bytes / bytesPerToken)
    }

    /// About how many tokens the prompt of this turn alone would have, with its instructions and tools.
    static func tokens(ofPrompt request: CreateRequest, after parent: ChainNode?) -> Int {
        let tokens = tokens(request, after: parent)
        // What the last response counted had them.
        guard let parent, parent.contextTokens == nil else { return tokens }
        return sum(tokens, ((request.instructions?.escaped.count ?? 0) + request.tools.json.bytes.count) / bytesPerToken)
    }

    /// Engines say what they like.
    static func sum(_ one: Int, _ other: Int) -> Int {
        let (sum, isOver) = max(0, one).addingReportingOverflow(max(0, other))
        return isOver ? .max : sum
    }

    private static let bytesPerToken = 4
}
