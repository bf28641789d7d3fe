import ResponsesAPI

/// A sealer for the content of one owner: whoever works for a client has no other.
package struct OwnedSealer: Sendable {
    private let sealer: any ContentSealer
    private let owner: Owner

    package init(_ sealer: any ContentSealer, owner: Owner) { (self.sealer, self.owner) = (sealer, owner) }

    package func seal(_ text: JSONText, as purpose: SealPurpose) -> String { sealer.seal(text, as: purpose, for: owner) }
    package func open(_ sealed: String, as purpose: SealPurpose) -> JSONText? { sealer.open(sealed, as: purpose, for: owner) }
}
