/// Why a model cannot be served: one sentence without its full stop, and what the engine said.
package struct LlamaFailure: Error, Hashable {
    package let message: String
    /// Lines, oldest first.
    package let words: [String]
}
