import ResponsesAPI
import ResponsesEngine

/// Where an engine says how much its models' contexts hold, and what else they take, when it is not the list of models.
enum ContextSource: Sendable {
    /// The properties of a llama.cpp server: the context of each slot. Its list has what the model was trained for.
    case llamaCpp
    /// What Ollama has loaded, and with which context.
    case ollama
    /// LM Studio's own list.
    case lmStudio

    init?(profile name: String) {
        switch name {
        case "llama.cpp": self = .llamaCpp
        case "ollama": self = .ollama
        case "lmstudio": self = .lmStudio
        default: return nil
        }
    }

    /// Behind the engine's root.
    var path: String {
        switch self {
        case .llamaCpp: "/props"
        case .ollama: "/api/ps"
        case .lmStudio: "/api/v0/models"
        }
    }

    /// The models, each with what `body` says of it.
    func models(_ models: [EngineModel], by body: [UInt8]) -> [EngineModel] {
        var models = models
        switch self {
        case .llamaCpp:
            // A router of several models has none of its own.
            guard models.count == 1, let json = try? RawJSON(parsing: body) else { break }
            models[0].takesImages = json["modalities"]?["vision"]?.boolValue ?? models[0].takesImages
            let tokens = json["default_generation_settings"]?["n_ctx"]?.intValue ?? json["n_ctx"]?.intValue
            if let tokens, tokens > 0 { models[0].contextTokens = tokens }
        case .ollama, .lmStudio:
            let own = Dictionary(ModelList.read(body).models.map { ($0.id, $0) }) { first, _ in first }
            for index in models.indices {
                guard let model = own[models[index].id] else { continue }
                models[index].contextTokens = model.contextTokens ?? models[index].contextTokens
                models[index].takesImages = model.takesImages ?? models[index].takesImages
            }
        }
        return models
    }
}
