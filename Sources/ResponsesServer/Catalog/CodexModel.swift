import ResponsesAPI
import ResponsesEngine

/// A model as Codex's catalog describes it: what Codex offers its user, when it compacts, how much of a tool's output it keeps.
///
/// Without an entry Codex takes a model for one of 272,000 tokens and sends twice as much in front of the conversation.
struct CodexModel: Hashable, Sendable {
    var name: String
    /// Its place in the list, the first being 0: Codex takes the lowest where its user names no model.
    var place: Int
    /// Efforts of reasoning that can be asked for.
    var efforts: [String]
    /// Nil when the engine does not say; Codex then compacts by size never.
    var contextTokens: Int?
    /// Nil when the engine does not say.
    var takesImages: Bool?
    /// Whether Codex sends its tools once.
    var isLite: Bool

    init(_ model: EngineModel, place: Int, isLite: Bool) {
        name = model.id
        self.place = place
        efforts = model.efforts
        contextTokens = model.contextTokens
        takesImages = model.takesImages
        self.isLite = isLite
    }

    /// The tokens in use at which Codex compacts: there is room left for a tool's output and an answer, and half of the context
    /// is used in any case. Codex's own rule, nine tenths, leaves too little of a small context.
    var compactAt: Int? {
        contextTokens.map { $0 - min(max(4096, $0 / 4), $0 / 2) }
    }

    /// The tokens of a tool's output that Codex keeps: its usual number, or an eighth of a small context.
    var outputTokensKept: Int { min(10_000, contextTokens.map { max(1, $0 / 8) } ?? .max) }

    /// The union of what Codex's versions want: one ignores what it does not know, and reads nothing of a list that lacks what it
    /// wants. Tools of Codex beyond a shell, which small models are not trained for, are left out.
    func write(to json: inout JSONWriter) {
        json.beginObject()
        json.key("slug")
        json.value(name)
        json.key("display_name")
        json.value(name)
        json.key("description")
        json.value(contextTokens.map { "Served by Hotline, with a context of \($0) tokens." } ?? "Served by Hotline.")
        json.key("priority")
        json.value(place)
        json.key("visibility")
        json.value("list")
        json.key("supported_in_api")
        json.value(true)
        writeReasoning(to: &json)
        writeContext(to: &json)
        writeTools(to: &json)
        json.key("base_instructions")
        json.value(CodexInstructions.text)
        for name: StaticString in [
            "include_skills_usage_instructions", "include_plugin_usage_instructions", "include_apps_usage_instructions",
        ] {
            json.key(name)
            json.value(false)
        }
        json.key("use_responses_lite")
        json.value(isLite)
        json.endObject()
    }

    /// No level is the usual one: Codex then asks for none, and the model thinks as it does by itself.
    private func writeReasoning(to json: inout JSONWriter) {
        json.key("supported_reasoning_levels")
        json.beginArray()
        for effort in efforts {
            json.beginObject()
            json.key("effort")
            json.value(effort)
            json.key("description")
            json.value(effort == "none" ? "Does not think before it answers" : "Effort of reasoning: \(effort)")
            json.endObject()
        }
        json.endArray()
        json.key("supports_reasoning_summaries")
        json.value(!efforts.isEmpty)
        json.key("supports_reasoning_summary_parameter")
        json.value(false)
        json.key("default_reasoning_summary")
        json.value("none")
        json.key("support_verbosity")
        json.value(false)
        json.key("default_verbosity")
        json.null()
    }

    private func writeContext(to json: inout JSONWriter) {
        json.member("context_window", ifSet: contextTokens)
        json.member("max_context_window", ifSet: contextTokens)
        json.member("auto_compact_token_limit", ifSet: compactAt)
        json.key("effective_context_window_percent")
        json.value(95)
        json.key("truncation_policy")
        json.beginObject()
        json.key("mode")
        json.value("tokens")
        json.key("limit")
        json.value(outputTokensKept)
        json.endObject()
        json.key("input_modalities")
        json.beginArray()
        json.value("text")
        // An engine that says nothing judges an image itself.
        if takesImages ?? true { json.value("image") }
        json.endArray()
    }

    private func writeTools(to json: inout JSONWriter) {
        json.key("shell_type")
        json.value("unified_exec")
        json.key("apply_patch_tool_type")
        json.null()
        json.key("web_search_tool_type")
        json.value("text")
        json.key("supports_search_tool")
        json.value(false)
        json.key("supports_parallel_tool_calls")
        json.value(true)
        json.key("supports_image_detail_original")
        json.value(false)
        json.key("experimental_supported_tools")
        json.beginArray()
        json.endArray()
    }
}
