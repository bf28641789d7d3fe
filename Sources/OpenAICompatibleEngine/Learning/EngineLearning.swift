import Logging
import Synchronization

/// What was learnt of an engine, by model, and the profiles that follow from it.
final class EngineLearning: Sendable {
    private struct State {
        /// Of the history, for all models.
        var common: [EngineLesson] = []
        var models: [String: [EngineLesson]] = [:]
        /// By model, the context of an engine that refuses limits of output that are over it.
        var refusingWindows: [String: Int] = [:]
        /// The name under which reasoning came.
        var reasoning: EngineProfile.ReasoningHistory?
        /// For models without lessons of their own.
        var usual: AdaptedProfile
        var adapted: [String: AdaptedProfile] = [:]
    }

    /// Lessons come from answered turns, so their number is that of an engine's models; an engine that takes any name has no end of
    /// them.
    private static let modelsMax = 256

    private let profile: EngineProfile
    private let engine: String
    private let logger: Logger
    private let state: Mutex<State>

    /// - Parameter engine: its name for the log.
    init(_ profile: EngineProfile, engine: String, logger: Logger) {
        self.profile = profile
        self.engine = engine
        self.logger = logger
        state = Mutex(State(usual: AdaptedProfile(profile)))
    }

    /// The profile for a model by now.
    func adapted(to model: String) -> AdaptedProfile {
        state.withLock { state in state.adapted.isEmpty ? state.usual : state.adapted[model] ?? state.usual }
    }

    /// How a conversation is written down by now, whatever model it is for.
    var dialect: ChatDialect { state.withLock { $0.usual.dialect } }

    /// Whether it is still open under which name reasoning comes.
    var awaitsReasoningName: Bool {
        profile.reasoningHistory == .asNamed && state.withLock { $0.reasoning == nil }
    }

    /// The profile with lessons that are tried and not yet learnt.
    func trying(_ lessons: [EngineLesson], with model: String) -> AdaptedProfile {
        state.withLock { state in
            AdaptedProfile(
                profile, lessons: state.common + (state.models[model] ?? []) + lessons, seen: state.reasoning)
        }
    }

    /// The context of a model whose engine refuses a limit of output that is over it; nil where none was refused.
    func refusingWindow(of model: String) -> Int? {
        state.withLock { state in state.refusingWindows.isEmpty ? nil : state.refusingWindows[model] }
    }

    /// The engine refused a limit of output by this context, and took the request without.
    func saw(refusingWindow tokens: Int, of model: String) {
        let isNew = state.withLock { state in
            guard state.refusingWindows[model] != nil || state.refusingWindows.count < Self.modelsMax else { return false }
            return state.refusingWindows.updateValue(tokens, forKey: model) != tokens
        }
        guard isNew else { return }
        logger.notice(
            "engine refuses a limit of output that is over its context; such a limit is left out from now on",
            metadata: ["engine": "\(engine)", "model": "\(model)", "context": "\(tokens)"])
    }

    /// Reasoning came under this name: it goes back under it. The first name counts, as a conversation is written down anew for another.
    func saw(_ name: EngineProfile.ReasoningHistory) {
        state.withLock { state in
            guard state.reasoning == nil else { return }
            state.reasoning = name
            // What was written down until now has this name.
            if name != .reasoningContent { adapt(&state) }
        }
    }

    /// The engine took a request that follows these lessons.
    func learn(_ lessons: [EngineLesson], with model: String) {
        let new = state.withLock { state -> [EngineLesson] in
            var new: [EngineLesson] = []
            for lesson in lessons {
                if lesson.isOfHistory {
                    guard !state.common.contains(lesson) else { continue }
                    state.common.removeAll { $0.field == lesson.field }
                    state.common.append(lesson)
                } else {
                    guard state.models[model] != nil || state.models.count < Self.modelsMax else { continue }
                    guard !state.models[model, default: []].contains(lesson) else { continue }
                    state.models[model]?.removeAll { $0.field == lesson.field }
                    state.models[model, default: []].append(lesson)
                }
                new.append(lesson)
            }
            if !new.isEmpty { adapt(&state) }
            return new
        }
        for lesson in new {
            logger.warning(
                "engine refuses a request as it was; it is sent otherwise from now on",
                metadata: ["engine": "\(engine)", "model": "\(model)", "field": "\(lesson.field)", "value": "\(lesson.value)"])
        }
    }

    private func adapt(_ state: inout State) {
        state.usual = AdaptedProfile(profile, lessons: state.common, seen: state.reasoning)
        let (common, seen) = (state.common, state.reasoning)
        state.adapted = state.models.mapValues { AdaptedProfile(profile, lessons: common + $0, seen: seen) }
    }

    /// All that was learnt, by model.
    var learnt: [LearntField] {
        state.withLock { state in
            let common = state.common.map { LearntField(model: nil, field: $0.field, value: $0.value) }
            let own = state.models.sorted { $0.key < $1.key }.flatMap { model, lessons in
                lessons.map { LearntField(model: model, field: $0.field, value: $0.value) }
            }
            return common + own
        }
    }
}
