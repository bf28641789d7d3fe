import ResponsesAPI
import ResponsesEngine

/// The answer of `GET /v1/models`.
enum ModelList {
    /// Of a model whose owner is not said.
    static let unknownOwner = "engine"

    /// The models, or nil when `body` is not a list of models.
    static func read(_ body: [UInt8]) -> [EngineModel]? {
        guard let json = try? RawJSON(parsing: body), let data = json["data"], data.isArray else { return nil }
        return data.elements.compactMap { model in
            guard let id = model["id"]?.stringValue else { return nil }
            return EngineModel(
                id: id, created: model["created"]?.intValue ?? 0, ownedBy: model["owned_by"]?.stringValue ?? unknownOwner,
                contextTokens: contextTokens(model))
        }
    }

    /// vLLM and SGLang say what they were started with; llama.cpp does too, and what the model was trained for; hosted
    /// APIs have other names for it.
    private static func contextTokens(_ model: RawJSON) -> Int? {
        let meta = model["meta"]
        return model["max_model_len"]?.intValue ?? meta?["n_ctx"]?.intValue ?? meta?["n_ctx_train"]?.intValue
            ?? model["context_length"]?.intValue ?? model["context_window"]?.intValue
    }
}
