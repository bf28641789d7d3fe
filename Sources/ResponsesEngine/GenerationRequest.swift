import ResponsesAPI

/// One run of an engine: the conversation, the tools and the settings.
public struct GenerationRequest<Prompt: RenderedPrompt>: Sendable {
    /// The engine's name of the model.
    public var model: String
    /// What the engine's dialect made of the whole conversation, this turn's input included.
    public var prompt: Prompt
    /// Goes in front of the conversation; not part of `prompt`, as each turn gives its own.
    public var instructions: JSONText?
    public var tools: ToolSet
    public var toolChoice: ToolChoice
    public var parallelToolCalls: Bool
    public var text: TextSettings
    public var reasoning: ReasoningSettings?
    public var maxOutputTokens: Int?
    public var temperature: Double?
    public var topP: Double?
    public var presencePenalty: Double?
    public var frequencyPenalty: Double?
    /// Log probabilities of the text are wanted, with this many alternatives.
    public var topLogprobs: Int?
    /// Texts at which the answer ends, without them. The core ends it there in any case; an engine that knows them stops earlier.
    public var stop: [String]
    /// The client's bucket for the engine's cache.
    public var cacheKey: String?
    /// What the chain's last turn on this engine returned; nil at the beginning of a chain, and when nothing is known. An
    /// engine casts to its own type and ignores others.
    public var trace: (any EngineTrace)?
    /// Whose turn it is: what an engine remembers of one owner's turns is never used for another's.
    public var owner: Owner
    /// Whether the client hears signs of life while the engine works. One that does not is not kept waiting for an engine that is
    /// away: it is told, and can ask again.
    public var isHeard: Bool
    /// Fields no standard names (`seed`, `top_k`, …), in order; an engine passes on those it allows.
    public var extra: [(name: String, value: RawJSON)]

    public init(model: String, prompt: Prompt) {
        self.model = model
        self.prompt = prompt
        tools = .empty
        toolChoice = .auto
        parallelToolCalls = true
        text = TextSettings()
        stop = []
        owner = .anybody
        isHeard = true
        extra = []
    }
}

extension GenerationRequest {
    /// The settings of a create request; the caller adds the conversation.
    public init(_ request: CreateRequest, model: String, prompt: Prompt) {
        self.init(model: model, prompt: prompt)
        instructions = request.instructions
        tools = request.tools
        toolChoice = request.toolChoice
        parallelToolCalls = request.parallelToolCalls ?? true
        text = request.text
        reasoning = request.reasoning
        maxOutputTokens = request.maxOutputTokens
        temperature = request.temperature
        topP = request.topP
        presencePenalty = request.presencePenalty
        frequencyPenalty = request.frequencyPenalty
        stop = request.stop
        topLogprobs = request.wantsLogprobs ? request.topLogprobs ?? 0 : nil
        cacheKey = request.promptCacheKey
        extra = request.extra
    }
}
