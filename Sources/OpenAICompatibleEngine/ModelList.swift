import ResponsesAPI
import ResponsesEngine

/// The answer of `GET /v1/models`, in every form it has.
enum ModelList {
    /// Of a model whose owner is not said.
    static let unknownOwner = "engine"

    /// Where lists stand: of OpenAI, of Ollama and Gemini, of gateways.
    private static let places = ["data", "models", "result", "results", "items"]

    /// The models, or why `body` holds no list of them.
    static func read(_ body: [UInt8]) -> ModelListing {
        guard let json = try? RawJSON(parsing: body) else { return .missing("its answer is not JSON") }
        if json.isNull { return .list([]) }
        if json.isArray { return .list(models(json)) }
        if let list = places.lazy.compactMap({ json[$0] }).first(where: \.isArray) {
            return .list(models(list), isWhole: isWhole(json))
        }
        // A server that has no models yet.
        if json["data"]?.isNull ?? json["models"]?.isNull ?? false { return .list([]) }
        return .missing("its answer holds no list")
    }

    /// Names alone, or objects; what has no name is left out, and what comes twice comes once.
    private static func models(_ list: RawJSON) -> [EngineModel] {
        var seen: Set<String> = []
        return list.elements.compactMap { model in
            let names = [model.stringValue, model["id"]?.stringValue, model["model"]?.stringValue, model["name"]?.stringValue]
            guard let id = names.lazy.compactMap(\.self).first(where: { !$0.isEmpty }), seen.insert(id).inserted else { return nil }
            return EngineModel(
                id: id, created: model["created"]?.intValue ?? 0, ownedBy: model["owned_by"]?.stringValue ?? unknownOwner,
                contextTokens: contextTokens(model), takesImages: takesImages(model), outputTokens: outputTokens(model))
        }
    }

    /// Whether there are no further pages.
    private static func isWhole(_ json: RawJSON) -> Bool {
        if json["has_more"]?.boolValue == true { return false }
        return !["nextPageToken", "next_page_token", "next", "next_page"].contains { json[$0].map { !$0.isNull } ?? false }
    }

    /// Fields at the top of a model, what it runs with before what it was trained for.
    ///
    /// vLLM and SGLang; LM Studio; OpenRouter, Together, Moonshot; Groq; Mistral; Gemini.
    private static let fields = [
        "max_model_len", "loaded_context_length", "context_length", "context_window", "max_context_length", "inputTokenLimit",
        "context_size", "max_context_window_tokens", "max_input_tokens",
    ]

    /// llama.cpp says what it was started with, and what the model was trained for; others nest it as well.
    private static func contextTokens(_ model: RawJSON) -> Int? {
        let (meta, limits) = (model["meta"], model["limits"])
        let nested = [
            meta?["n_ctx"], meta?["n_ctx_train"], model["top_provider"]?["context_length"], limits?["max_input_tokens"],
            limits?["max_context_window_tokens"], model["capabilities"]?["limits"]?["max_context_window_tokens"],
        ]
        let values = fields.lazy.map { model[$0] } + nested
        return values.lazy.compactMap { $0?.intValue }.first { $0 > 0 }
    }

    /// OpenRouter nests it; Groq; Gemini and others. `max_tokens` alone is some servers' word for the whole context.
    private static func outputTokens(_ model: RawJSON) -> Int? {
        let names = ["max_completion_tokens", "max_output_tokens", "outputTokenLimit"]
        let values = names.lazy.map { model[$0] } + [model["top_provider"]?["max_completion_tokens"], model["limits"]?["max_output_tokens"]]
        return values.lazy.compactMap { $0?.intValue }.first { $0 > 0 }
    }

    /// OpenRouter's and Mistral's lists, that of llama.cpp for other clients, and LM Studio's own say it; others do not.
    private static func takesImages(_ model: RawJSON) -> Bool? {
        let capabilities = model["capabilities"]
        if let vision = capabilities?["vision"]?.boolValue { return vision }
        if let kinds = model["architecture"]?["input_modalities"] ?? model["input_modalities"], kinds.isArray {
            return kinds.elements.contains { $0.stringValue == "image" }
        }
        if let capabilities, capabilities.isArray {
            return capabilities.elements.contains { ["multimodal", "vision"].contains($0.stringValue) }
        }
        return switch model["type"]?.stringValue {
        case "vlm": true
        case "llm": false
        default: nil
        }
    }
}
