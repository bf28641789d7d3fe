/// What a profile says of the history of a conversation: everything that closed messages depend on.
///
/// An object, as every prompt holds it. Prompts of rules with one name are equal, byte for byte.
final class HistoryRules: Sendable {
    let callsContent: EngineProfile.CallsContent
    /// Never `asNamed`: which name that is, is known here.
    let reasoning: EngineProfile.ReasoningHistory
    let reasoningPlace: EngineProfile.ReasoningPlace
    let sendsEmptyReasoning: Bool
    let callIDs: EngineProfile.CallIDs
    let firstMessage: EngineProfile.FirstMessage
    let afterTools: EngineProfile.AfterTools
    let namesToolMessages: Bool
    let allowsBlankText: Bool
    /// Around reasoning that goes back as text.
    let thinkTag: ThinkTag
    let name: String

    /// - Parameter seen: the name under which this engine's reasoning came.
    init(_ profile: EngineProfile, seen: EngineProfile.ReasoningHistory? = nil) {
        callsContent = profile.callsContent
        reasoning = profile.reasoningHistory == .asNamed ? seen ?? .reasoningContent : profile.reasoningHistory
        reasoningPlace = profile.reasoningPlace
        sendsEmptyReasoning = profile.sendsEmptyReasoning
        callIDs = profile.callIDs
        firstMessage = profile.firstMessage
        afterTools = profile.afterTools
        namesToolMessages = profile.namesToolMessages
        allowsBlankText = profile.allowsBlankText
        let tag = profile.thinkTagNames.first ?? "think"
        thinkTag = ThinkTag(tag)
        var name = "chat"
        func note(_ word: String, unless isUsual: Bool) { if !isUsual { name += "+\(word)" } }
        note("content-\(callsContent.rawValue)", unless: callsContent == .empty)
        note("thought-\(reasoning.rawValue)", unless: reasoning == .reasoningContent)
        note("tag-\(tag)", unless: reasoning != .text)
        note("thought-on-all", unless: reasoningPlace == .calls)
        note("thought-empty", unless: !sendsEmptyReasoning)
        note("ids-\(callIDs.rawValue)", unless: callIDs == .any)
        note("first-\(firstMessage.rawValue)", unless: firstMessage == .any)
        note("tools-then-\(afterTools.rawValue)", unless: afterTools == .any)
        note("unnamed", unless: namesToolMessages)
        note("blank", unless: !allowsBlankText)
        self.name = name
    }

    /// The name of the member that carries reasoning; nil when there is none.
    var reasoningMember: String? {
        switch reasoning {
        case .asNamed, .reasoningContent: EngineProfile.ReasoningHistory.reasoningContent.rawValue
        case .reasoning: EngineProfile.ReasoningHistory.reasoning.rawValue
        case .text, .leftOut: nil
        }
    }
}
