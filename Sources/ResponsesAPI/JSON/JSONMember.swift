/// One member of an object whose value is only passed on.
public struct JSONMember: Sendable, Hashable {
    public var name: String
    public var value: RawJSON

    public init(_ name: String, _ value: RawJSON) {
        self.name = name
        self.value = value
    }
}
