public import ResponsesAPI

/// How one kind of engine is spoken to: what differs between servers of Chat Completions and cannot be seen in a stream.
///
///     var profile = EngineProfile(named: "vllm") ?? EngineProfile()
///     try profile.set("think-tags", to: "opened")
///
/// Every field is documented in `fields`, and its default is the value of the profile `generic`: what most engines
/// take. What a single engine refuses beyond that is learnt from its refusals.
public struct EngineProfile: Sendable, Hashable {
    /// How the limit of output tokens is named.
    public enum OutputLimit: String, Sendable, CaseIterable {
        case maxTokens = "max_tokens"
        case maxCompletionTokens = "max_completion_tokens"
        /// Not sent; a warmup is then not possible.
        case leftOut = "no"
    }

    /// When `parallel_tool_calls` is sent. True is every engine's default.
    public enum ParallelCalls: String, Sendable, CaseIterable {
        case leftOut = "no"
        case whenFalse = "false"
        case always
    }

    /// How `reasoning.effort: none` is said.
    public enum NoReasoning: String, Sendable, CaseIterable {
        /// `reasoning_effort: "none"`.
        case effort
        /// `chat_template_kwargs: {"enable_thinking": false}`, as Qwen-like templates want it.
        case template
        case both
        /// It is not.
        case leftOut = "no"
    }

    /// When `strict` is sent, in tools and in the format of the answer. False is every engine's default.
    public enum Strict: String, Sendable, CaseIterable {
        case leftOut = "no"
        case whenTrue = "true"
        case asGiven = "as-given"
    }

    /// How an answer of JSON is asked for.
    public enum StructuredOutput: String, Sendable, CaseIterable {
        /// `response_format` of type `json_schema` or `json_object`.
        case schema
        /// `json_object` only; the schema is put behind the instructions.
        case object
        /// Not; the schema is put behind the instructions.
        case leftOut = "no"
    }

    /// The content of an assistant's message that has calls and no text.
    public enum CallsContent: String, Sendable, CaseIterable {
        /// Templates often fail on null or a missing member; none fails on "".
        case empty
        case null
        case leftOut = "no"
    }

    /// How what a model thought goes back to it.
    public enum ReasoningHistory: String, Sendable, CaseIterable {
        /// Under the name it came with; until something came, as `reasoning_content`.
        case asNamed = "as-named"
        case reasoningContent = "reasoning_content"
        case reasoning
        /// In front of the text, between the tags of thinking.
        case text
        case leftOut = "no"
    }

    /// On which assistant messages it goes back.
    public enum ReasoningPlace: String, Sendable, CaseIterable {
        /// On those with calls, where models need it within the loop.
        case calls
        case all
    }

    /// The form of the ids of calls.
    public enum CallIDs: String, Sendable, CaseIterable {
        case any
        /// Nine letters and digits.
        case nine
    }

    /// Who may speak first.
    public enum FirstMessage: String, Sendable, CaseIterable {
        case any
        case user
    }

    /// Who may speak after a tool.
    public enum AfterTools: String, Sendable, CaseIterable {
        case any
        case assistant
    }

    /// Where thinking may stand in the text of an answer.
    public enum ThinkTags: String, Sendable, CaseIterable {
        /// At its very beginning, between tags.
        case start
        /// The template opened it: all text up to the closing tag is thinking.
        case opened
        case none = "no"
    }

    /// Who counts tokens.
    public enum TokenCounting: String, Sendable, CaseIterable {
        case none = "no"
        /// `/apply-template` and `/tokenize`.
        case llamaCpp = "llama.cpp"
        /// `/tokenize` with messages.
        case vllm
    }

    /// The name of the preset that it began as.
    public internal(set) var name = "generic"

    // MARK: Fields of a request

    public internal(set) var outputLimit = OutputLimit.maxTokens
    public internal(set) var streamOptions = true
    public internal(set) var parallelCalls = ParallelCalls.whenFalse
    public internal(set) var sendsEffort = true
    public internal(set) var effortWords: [String: String] = ["minimal": "low", "xhigh": "high", "max": "high"]
    public internal(set) var noReasoning = NoReasoning.both
    public internal(set) var strict = Strict.whenTrue
    public internal(set) var requiresCalls = true
    public internal(set) var structuredOutput = StructuredOutput.schema
    public internal(set) var addedFields = RawJSON.emptyObject {
        didSet { noteWithheld() }
    }
    public internal(set) var passedOnFields = Self.samplingFields
    public internal(set) var leftOutFields: Set<String> = [] {
        didSet { noteWithheld() }
    }
    /// Fields that are not ours to write: left out, or written with another value. Most profiles have none.
    private(set) var withheld: Set<String> = []

    private mutating func noteWithheld() {
        withheld = leftOutFields
        addedFields.forEachMember { name, _ in withheld.insert(name) }
    }

    // MARK: History

    public internal(set) var callsContent = CallsContent.empty
    public internal(set) var reasoningHistory = ReasoningHistory.asNamed
    public internal(set) var reasoningPlace = ReasoningPlace.calls
    public internal(set) var sendsEmptyReasoning = false
    public internal(set) var reasoningDetails = true
    public internal(set) var callExtras = true
    public internal(set) var callIDs = CallIDs.any
    public internal(set) var firstMessage = FirstMessage.any
    public internal(set) var afterTools = AfterTools.any
    public internal(set) var namesToolMessages = true
    public internal(set) var allowsBlankText = false

    // MARK: Answers, connection, models

    public internal(set) var thinkTags = ThinkTags.start
    /// The names between `<` and `>`, such as `think`, or opening tags with their own brackets; the first is what is written.
    public internal(set) var thinkTagNames = ThinkTag.usualNames
    /// The header that carries the key; nil: `Authorization`, as a bearer token.
    public internal(set) var keyHeader: String?
    /// nil: what `OpenAICompatibleLimits` says.
    public internal(set) var firstByteTimeout: Duration?
    public internal(set) var silenceTimeout: Duration?
    /// Ids of models given by hand.
    public internal(set) var models: [String] = []
    public internal(set) var tokenCounting = TokenCounting.none

    /// The profile `generic`.
    public init() {}
}
