/// What a warmup did.
public enum PrefillResult: Sendable, Hashable {
    /// `tokens` of prefix are now in the cache, `cached` of them were before.
    case filled(tokens: Int, cached: Int)
    /// This engine has no such call; the reason is for logs.
    case unsupported(reason: String)
}
