/// A profile with what was learnt of one engine and model.
///
/// An object, as every turn takes one and few engines teach anything.
final class AdaptedProfile: Sendable {
    let profile: EngineProfile
    /// How a conversation is written down by it.
    let dialect: ChatDialect
    /// Whether something of the history was learnt: prompts may be older than that.
    let hasLearntHistory: Bool
    /// Around thinking in the text of an answer.
    let thinkTags: [ThinkTag]

    /// - Parameter seen: the name under which this engine's reasoning came.
    init(_ profile: EngineProfile, lessons: [EngineLesson] = [], seen: EngineProfile.ReasoningHistory? = nil) {
        var profile = profile
        for lesson in lessons { lesson.change(&profile) }
        self.profile = profile
        dialect = ChatDialect(HistoryRules(profile, seen: seen))
        thinkTags = profile.thinkTagNames.map { ThinkTag($0) }
        hasLearntHistory = lessons.contains(where: \.isOfHistory)
    }
}
