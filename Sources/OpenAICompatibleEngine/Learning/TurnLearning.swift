import ResponsesEngine
import Synchronization

/// How one turn is sent, again and again until its engine takes it or no more is to be learnt.
final class TurnLearning: Sendable {
    private struct State {
        var form: AdaptedProfile
        /// What the engine taught in this turn and was not proven by an answer.
        var pending: [EngineLesson] = []
        /// And all of it, that none is tried twice.
        var tried: [EngineLesson] = []
        var tries = 0
    }

    /// Beyond the first: a refusal names one field, as a rule, and few engines refuse three.
    static let triesMax = 2

    private let learning: EngineLearning
    private let model: String
    private let state: Mutex<State>

    init(_ learning: EngineLearning, model: String) {
        self.learning = learning
        self.model = model
        state = Mutex(State(form: learning.adapted(to: model)))
    }

    /// How it is sent next.
    var form: AdaptedProfile { state.withLock { $0.form } }

    /// The engine refused this turn's request.
    ///
    /// - Returns: whether it is to be sent again, as `form` says.
    func learns(
        from told: EngineFailure, status: Int?, _ request: GenerationRequest<ChatPrompt>, _ purpose: ChatRequestBody.Purpose
    ) -> Bool {
        let form = self.form
        let rules = form.hasLearntHistory ? form.dialect.rules : request.prompt.rules
        guard
            let refusal = Refusal(
                told, status: status, profile: form.profile, rules: rules, sent: SentFields(request, purpose, form.profile))
        else { return false }
        let named = refusal.lessons
        let (proven, isAgain) = state.withLock { state -> ([EngineLesson], Bool) in
            // A second name for one thing is no third: only an effort can be said in two ways, and not at all.
            let lessons = named.filter { lesson in
                !state.tried.contains { $0.field == lesson.field && ($0 == lesson || lesson.field != "effort-none") }
            }
            guard !lessons.isEmpty else { return ([], false) }
            // It refuses something else now, so it took what was done before.
            let proven = state.pending
            state.pending = []
            guard state.tries < Self.triesMax else { return (proven, false) }
            state.tries += 1
            state.pending = lessons
            state.tried += lessons
            state.form = learning.trying(state.tried, with: model)
            return (proven, true)
        }
        if !proven.isEmpty { learning.learn(proven, with: model) }
        return isAgain
    }

    /// The engine answered.
    func succeeded() {
        let proven = state.withLock { state -> [EngineLesson] in
            defer { state.pending = [] }
            return state.pending
        }
        if !proven.isEmpty { learning.learn(proven, with: model) }
    }
}
