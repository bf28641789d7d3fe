import ResponsesAPI

/// About how many tokens a turn's conversation has, before its engine counts them.
///
/// What the chain has was counted with its last response. Of what is new a token is taken for four bytes, which is near for English
/// and code.
enum ContextSize {
    static func tokens(_ request: CreateRequest, after parent: ChainNode?) -> Int {
        var bytes = request.input.reduce(0) { $0 + $1.json.bytes.count }
        guard let parent else {
            bytes += (request.instructions?.escaped.count ?? 0) + request.tools.json.bytes.count
            return bytes / bytesPerToken
        }
        // A node has its items and what was made of them for the engine.
        return (parent.contextTokens ?? parent.chainBytes / (2 * bytesPerToken)) + bytes / bytesPerToken
    }

    private static let bytesPerToken = 4
}
