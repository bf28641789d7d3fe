/// Why a profile's field was not set: what is wrong, and what to do about it.
public struct EngineProfileError: Error, Sendable, Hashable {
    public var message: String
    public var wayOut: String
    /// The field or the preset whose name is nearest, when one is near.
    public var nearest: String?
}
