import ResponsesAPI

/// What a wire reads a request with.
package struct WireReading: Sendable {
    /// Whether nothing is generated, and the input's tokens are counted only.
    package var isCount: Bool
    /// A header field of the request by its lower-case name; the first of several.
    package var header: @Sendable (String) -> String?
    /// The conversations that are known, of the request's owner.
    package var history: HistoryReader
    /// Opens and seals what is the owner's; nil where nothing is sealed.
    package var sealer: OwnedSealer?
    /// Tools of a wire that were read before.
    package var tools: WireTools

    package init(
        isCount: Bool = false, header: @escaping @Sendable (String) -> String? = { _ in nil }, history: HistoryReader = HistoryReader(),
        sealer: OwnedSealer? = nil, tools: WireTools = WireTools()
    ) {
        self.isCount = isCount
        self.header = header
        self.history = history
        self.sealer = sealer
        self.tools = tools
    }
}
