/// A model in the configuration file, by the name that clients use.
struct ModelEntry: Sendable, Hashable {
    var name: String
    var place: FilePlace
    /// The engine that has it; nil where it stands under its engine, or there is one engine only.
    var engine: GivenValue?
    /// The engine's own name of it; nil when that is the same.
    var engineName: String?
    /// Tokens that fit into its context.
    var contextTokens: Int?
    var aliases: [GivenValue] = []
}
