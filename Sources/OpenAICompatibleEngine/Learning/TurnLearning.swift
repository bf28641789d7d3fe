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
        /// The limit of output is not sent: it is over what the context leaves.
        var leavesOutLimit = false
        /// What the context holds, as the engine said when it refused the limit.
        var window: Int?
    }

    /// Beyond the first: a refusal names one field, as a rule, and few engines refuse three.
    static let triesMax = 2

    private let learning: EngineLearning
    private let model: String
    private let state: Mutex<State>

    /// - Parameters:
    ///   - outputLimit: the most tokens that the client asked for; nil for none.
    ///   - textBytes: of the prompt at least so much, which is text: the bytes of an image say nothing of its tokens.
    init(_ learning: EngineLearning, model: String, outputLimit: Int? = nil, textBytes: Int = 0) {
        self.learning = learning
        self.model = model
        state = Mutex(State(form: learning.adapted(to: model)))
        guard let outputLimit, let window = learning.refusingWindow(of: model) else { return }
        // Only where it surely is over: the output then ends with the context, limit or not.
        let isOver = outputLimit >= window || textBytes / Self.bytesOfTokenMax > window - outputLimit
        if isOver { state.withLock { $0.leavesOutLimit = true } }
    }

    /// Tokens of texts and code have three to five bytes.
    private static let bytesOfTokenMax = 16

    /// Whether the limit of output is left out: what asks for more than the context leaves gets what it leaves
    /// (chat-completions 2, anthropic-messages 3).
    var leavesOutLimit: Bool { state.withLock { $0.leavesOutLimit } }

    /// How it is sent next.
    var form: AdaptedProfile { state.withLock { $0.form } }

    /// The engine refused this turn's request.
    ///
    /// - Returns: whether it is to be sent again, as `form` says.
    func learns(
        from told: EngineFailure, status: Int?, _ request: GenerationRequest<ChatPrompt>, _ purpose: ChatRequestBody.Purpose
    ) -> Bool {
        let form = self.form
        if leavesOutLimit(after: told, status: status, SentFields(request, purpose, form.profile), purpose) { return true }
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

    /// Whether the engine refused the limit of output, by itself or together with the conversation; then it is asked once without.
    private func leavesOutLimit(
        after told: EngineFailure, status: Int?, _ sent: SentFields, _ purpose: ChatRequestBody.Purpose
    ) -> Bool {
        // A prefill's limit is ours, and 1.
        guard purpose == .generation, sent.contains(.outputLimit), status == 400 || status == 413 || status == 422 else { return false }
        guard ContextWordings.mayBeOutput(told.message, FailureClass(told, httpStatus: status)) else { return false }
        let window = told.contextTokens ?? ContextNumbers(told.message).limit
        return state.withLock { state in
            guard !state.leavesOutLimit else { return false }
            state.leavesOutLimit = true
            state.window = window
            return true
        }
    }

    /// The engine answered.
    func succeeded() {
        let (proven, window) = state.withLock { state -> ([EngineLesson], Int?) in
            defer { state.pending = [] }
            return (state.pending, state.window)
        }
        if let window { learning.saw(refusingWindow: window, of: model) }
        if !proven.isEmpty { learning.learn(proven, with: model) }
    }
}
