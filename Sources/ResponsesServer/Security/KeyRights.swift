/// What a key may do.
public struct KeyRights: Sendable, Hashable {
    /// The models it may ask for, by the names clients use; nil for all.
    public var models: Set<String>?
    /// Its part of the memory of the process, from 0 to 1; nil for `Limits.ownerShare`.
    public var memoryShare: Double?
    /// Whether its responses are stored when it asks for that.
    public var mayStore = true

    /// Whether conversations are remembered for it that its clients send whole with each request, in memory and for minutes.
    public var mayRemember = true

    public init() {}

    func allows(_ model: String) -> Bool { models?.contains(model) ?? true }
}
