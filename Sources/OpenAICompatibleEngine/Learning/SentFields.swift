import ResponsesAPI
import ResponsesEngine

/// What a request holds that this server chose to send.
struct SentFields: OptionSet, Sendable {
    let rawValue: UInt8

    static let outputLimit = SentFields(rawValue: 1)
    static let parallelCalls = SentFields(rawValue: 2)
    static let strict = SentFields(rawValue: 4)
    static let effort = SentFields(rawValue: 8)
    static let noEffort = SentFields(rawValue: 16)
    static let templateArguments = SentFields(rawValue: 32)
    static let stop = SentFields(rawValue: 64)
}

extension SentFields {
    init(_ request: GenerationRequest<ChatPrompt>, _ purpose: ChatRequestBody.Purpose, _ profile: EngineProfile) {
        self = []
        func note(_ field: SentFields, if isSent: Bool) { if isSent { insert(field) } }
        note(.outputLimit, if: (purpose == .prefill || request.maxOutputTokens != nil) && profile.sends(profile.outputLimit.rawValue))
        note(.parallelCalls, if: !request.tools.isEmpty && profile.sendsParallelCalls(request.parallelToolCalls))
        note(.strict, if: Self.isStrict(request, profile))
        note(.stop, if: purpose == .generation && !request.stop.isEmpty && profile.sends("stop"))
        let isNone = request.reasoning?.effort == "none"
        let sendsEffort = profile.effort(request.reasoning?.effort) != nil && profile.sends("reasoning_effort")
        note(.effort, if: sendsEffort && !isNone)
        note(.noEffort, if: sendsEffort && isNone)
        let isGiven = request.extra.contains { $0.name == "chat_template_kwargs" }
        note(.templateArguments, if: isNone && !isGiven && profile.saysNoReasoningToTemplate)
    }

    private static func isStrict(_ request: GenerationRequest<ChatPrompt>, _ profile: EngineProfile) -> Bool {
        if case .jsonSchema(let schema) = request.text.format, profile.strict(schema.strict) != nil { return true }
        return request.tools.tools.contains { tool in
            switch tool {
            case .function(let function): profile.strict(function.strict) != nil
            case .namespace(let namespace): namespace.functions.contains { profile.strict($0.strict) != nil }
            case .custom, .other: false
            }
        }
    }
}
