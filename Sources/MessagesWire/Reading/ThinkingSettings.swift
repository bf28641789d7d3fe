import ResponsesAPI

/// `thinking`: whether the model thinks, how much, and whether its text is shown (anthropic-messages 3, 6.4).
///
/// Open: a type or a display of a later client reads as the usual one.
struct ThinkingSettings: Sendable {
    private let type: String?
    private let budgetTokens: Int?
    /// Whether the text is sealed in the signature instead of being sent.
    let isOmitted: Bool

    init(_ json: RawJSON) {
        type = json["type"]?.stringValue
        budgetTokens = json["budget_tokens"]?.intValue
        isOmitted = json["display"]?.stringValue == "omitted"
    }

    /// The effort in the core's words; nil leaves it to the model.
    ///
    /// - Parameter word: the effort of `output_config`, which says it more plainly than a budget.
    func effort(asked word: String?) -> String? {
        switch type {
        case "disabled": "none"
        case "enabled": word ?? budgetTokens.map(Self.effort(budget:))
        default: word
        }
    }

    private static func effort(budget tokens: Int) -> String {
        switch tokens {
        case ..<4096: "low"
        case ..<16_384: "medium"
        default: "high"
        }
    }
}
