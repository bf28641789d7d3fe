import ResponsesAPI
import ResponsesCore

/// Seals by writing the purpose before the text: enough to see what was sealed.
struct MarkingSealer: ContentSealer {
    func seal(_ text: JSONText, as purpose: SealPurpose, for owner: Owner) -> String { "\(purpose):\(text.string)" }
    func open(_ sealed: String, as purpose: SealPurpose, for owner: Owner) -> JSONText? {
        sealed.hasPrefix("\(purpose):") ? JSONText(String(sealed.dropFirst("\(purpose):".count))) : nil
    }
}
