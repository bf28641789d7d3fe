/// Something in the configuration file that cannot be used.
struct ConfigurationProblem: Error, Sendable, Hashable {
    var place: FilePlace
    /// Never a text that may be a secret.
    var message: String
    var wayOut: String

    /// As the end of a start.
    var failure: Failure { Failure(message: "\(place): \(message)", wayOut: wayOut, code: 78) }
}
