import ResponsesServer

/// A key of clients in the configuration file.
struct KeyEntry: Sendable, Hashable {
    var name: String
    var place: FilePlace
    var secret: SecretReference
    var rights: KeyRights
}
