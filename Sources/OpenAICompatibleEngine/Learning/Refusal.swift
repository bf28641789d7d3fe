/// An engine's refusal of a request, by what was sent and what it says.
///
/// Only what this server chose to send is looked for in its words. What the client asked for in so many words stays: its refusal
/// is the client's to read.
struct Refusal {
    private let profile: EngineProfile
    private let rules: HistoryRules
    private let sent: SentFields
    /// What it says, in lower case, and its words.
    private let text: String
    private let words: Set<Substring>

    /// - Parameters:
    ///   - status: of the answer, or what an error in a stream names.
    ///   - rules: those that the messages were written by.
    /// - Returns: nil for failures of other kinds.
    init?(_ failure: EngineFailure, status: Int?, profile: EngineProfile, rules: HistoryRules, sent: SentFields) {
        guard status == 400 || status == 422 else { return nil }
        switch FailureClass(failure, httpStatus: status) {
        case .request, .failed, .tooLarge, .outputLimit: break
        default: return nil
        }
        self.profile = profile
        self.rules = rules
        self.sent = sent
        text = "\(failure.message) \(failure.param ?? "")".lowercased()
        words = Set(text.split { !($0.isASCII && ($0.isLetter || $0.isNumber) || $0 == "_") })
    }

    /// What it teaches; empty when it names nothing that this server chose.
    var lessons: [EngineLesson] {
        var lessons: [EngineLesson] = []
        func add(_ field: String, _ value: String, if isSo: Bool) { if isSo { lessons.append(EngineLesson(field, value)) } }
        add("stream-options", "no", if: profile.sends("stream_options") && names("stream_options", "include_usage"))
        add("parallel-tool-calls", "no", if: sent.contains(.parallelCalls) && names("parallel_tool_calls"))
        add("strict", "no", if: sent.contains(.strict) && names("strict"))
        // The core looks for them all the same.
        add("leave-out", "+stop", if: sent.contains(.stop) && names("stop") && refusesTheField)
        lessons += outputLimit + effort + history
        return lessons
    }

    private func names(_ fields: Substring...) -> Bool { fields.contains { words.contains($0) } }

    /// Whether it says that a field is not known or not taken, as opposed to a wrong value.
    private var refusesTheField: Bool {
        [
            "not support", "unsupport", "n't support", "unknown", "unrecognized", "unrecognised", "unexpected", "extra ", "not permitted",
            "not allowed", "forbidden", "deprecated", "instead", "cannot find field", "additional propert", "not a valid param",
            "invalid param", "not exist", "no longer", "not available", "unavailable", "not accepted", "not recognized", "must not be",
        ].contains { text.contains($0) }
    }

    /// A limit keeps its value; only its name is another. For one that is too large see `TurnLearning`.
    private var outputLimit: [EngineLesson] {
        guard sent.contains(.outputLimit), names(Substring(profile.outputLimit.rawValue)), refusesTheField else { return [] }
        let other: EngineProfile.OutputLimit = profile.outputLimit == .maxTokens ? .maxCompletionTokens : .maxTokens
        return [EngineLesson("output-limit", other.rawValue)]
    }

    private var effort: [EngineLesson] {
        var lessons: [EngineLesson] = []
        if sent.contains(.templateArguments), names("chat_template_kwargs", "enable_thinking") {
            lessons.append(EngineLesson("effort-none", profile.noReasoning == .both ? "effort" : "no"))
        }
        guard names("reasoning_effort") else { return lessons }
        if sent.contains(.noEffort) {
            lessons = [EngineLesson("effort-none", profile.noReasoning == .both && lessons.isEmpty ? "template" : "no")]
        } else if sent.contains(.effort) {
            lessons.append(EngineLesson("effort", "no"))
        }
        return lessons
    }

    // MARK: The history

    private var history: [EngineLesson] {
        var lessons: [EngineLesson] = []
        let isAboutMessages = text.contains("messages") || text.contains("message ") || text.contains("role")
        if let member = rules.reasoningMember, names(Substring(member)), member != "reasoning" || isAboutMessages && refusesTheField {
            lessons += wantsIt(member) ? wholeReasoning(member) : [EngineLesson("reasoning-history", "no")]
        } else if names("reasoning_content"), wantsIt("reasoning_content"), profile.reasoningHistory != .leftOut {
            lessons += wholeReasoning("reasoning_content")
        }
        if profile.reasoningDetails, names("reasoning_details"), !wantsIt("reasoning_details") {
            lessons.append(EngineLesson("reasoning-details", "no"))
        }
        if profile.callExtras, names("extra_content"), refusesTheField { lessons.append(EngineLesson("call-extras", "no")) }
        if rules.namesToolMessages, names("name"), isAboutMessages, refusesTheField, lessons.isEmpty {
            lessons.append(EngineLesson("tool-name", "no"))
        }
        lessons += order
        return lessons
    }

    /// Whether it misses a member, as opposed to refusing it.
    private func wantsIt(_ member: String) -> Bool {
        ["must be passed", "is missing", "missing in", "passed back", "is required", "must be provided", "must be included"].contains {
            text.contains($0)
        } && !refusesTheField
    }

    private func wholeReasoning(_ member: String) -> [EngineLesson] {
        [EngineLesson("reasoning-history", member), EngineLesson("reasoning-on", "all"), EngineLesson("reasoning-empty", "yes")]
    }

    /// Rules for who speaks when, and what stands beside calls: engines name the roles in them.
    private var order: [EngineLesson] {
        var lessons: [EngineLesson] = []
        if rules.callIDs == .any, text.contains("tool call id") || names("tool_call_id"), text.contains("length of 9") || text.contains("a-z") {
            lessons.append(EngineLesson("call-ids", "nine"))
        }
        if rules.callsContent == .empty, names("content"), names("tool_calls"), text.contains("null") || text.contains("non-empty") {
            lessons.append(EngineLesson("content-beside-calls", "null"))
        }
        if rules.afterTools == .any, text.contains("role 'user' after role 'tool'") || text.contains("role \"user\" after role \"tool\"") {
            lessons.append(EngineLesson("after-tools", "assistant"))
        }
        let mustAlternate = text.contains("roles must alternate") || text.contains("first message") && text.contains("user")
        if rules.firstMessage == .any, mustAlternate { lessons.append(EngineLesson("first-message", "user")) }
        return lessons
    }
}
