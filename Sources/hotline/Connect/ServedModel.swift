/// A model of a server as a client is to be told of it.
struct ServedModel: Sendable, Hashable {
    /// With `/v1`, and without a slash at its end.
    var baseURL: String
    var name: String
    /// Nil when the server does not say.
    var contextTokens: Int?
    /// What an answer may have at most; nil when the server does not say.
    var outputTokensMax: Int?

    /// For clients that add `/v1` themselves.
    var rootURL: String { baseURL.hasSuffix("/v1") ? String(baseURL.dropLast(3)) : baseURL }

    /// What an answer may take: a quarter of the context, and not more than agents write at once.
    var outputTokens: Int? { contextTokens.map { min(8192, max(1, $0 / 4), outputTokensMax ?? .max) } }

    /// What is left for everything else.
    var promptTokens: Int? { contextTokens.map { $0 - (outputTokens ?? 0) } }
}
