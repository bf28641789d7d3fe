/// A header for an engine.
struct HeaderEntry: Sendable, Hashable {
    enum Value: Sendable, Hashable {
        case text(String)
        case secret(SecretReference)
    }

    var name: String
    var value: Value
    var place: FilePlace
}
