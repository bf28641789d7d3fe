import ResponsesAPI
import ResponsesCore

/// The `signature` of a thinking block: opaque to clients, who send it back as it is (anthropic-messages 6.4).
///
/// Of a text that is not shown it is the text, sealed for its owner and bound to the model that thought it. Of one that is shown, a sealed
/// hash: it says that the text was made here, and nothing reads it yet.
struct ThinkingSignature: Sendable {
    private let sealer: OwnedSealer?
    /// What a sealed text begins with; a model's name has no line break.
    private let head: JSONText

    private static let version = "h1."

    /// - Parameters:
    ///   - sealer: nil where nothing is sealed; signatures then hold nothing.
    ///   - model: the name under which the model is asked.
    init(_ sealer: OwnedSealer?, model: String) {
        self.sealer = sealer
        head = JSONText("\(model)\n")
    }

    /// Holds a text that is not shown.
    func sealing(_ text: JSONText) -> String {
        var sealed = head
        sealed.append(text)
        return Self.version + (sealer?.seal(sealed, as: .thinking) ?? "")
    }

    /// Goes with a text that is shown. It can never be taken for a text: no model's name is empty.
    func marking(_ text: JSONText) -> String {
        let hash = JSONText("\n\(String(text.escaped.shortHash, radix: 16))")
        return Self.version + (sealer?.seal(hash, as: .thinking) ?? "")
    }

    /// The text that was sealed; nil for what was made elsewhere, for somebody else or by another model, and for what was changed.
    func text(in signature: String) -> JSONText? {
        guard signature.hasPrefix(Self.version),
            let opened = sealer?.open(String(signature.dropFirst(Self.version.count)), as: .thinking),
            opened.escaped.starts(with: head.escaped)
        else { return nil }
        let text = JSONText(escapedSlice: opened.escaped[head.escaped.count...])
        return text.isEmpty ? nil : text
    }
}
