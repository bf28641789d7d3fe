import ResponsesAPI

/// Why a turn's items could not be put behind their parent.
enum ResolutionFailure: Error {
    /// The turn cannot be.
    case refused(APIError)
    /// It refers to what only the store has: resolve it again with the whole chain.
    case needsWholeChain
}
