import ResponsesAPI
import ResponsesEngine

extension EngineError {
    /// As the API says it of an unknown model.
    static func modelNotFound(_ model: String, offered: [String]) -> EngineError {
        EngineError(.modelNotFound, APIError.modelNotFound(model, offered: offered).message)
    }

    /// A name that leads to two engines.
    static func modelOfSeveral(_ model: String, _ engines: [EngineID]) -> EngineError {
        let names = engines.map { "'\($0)'" }.joined(separator: " and ")
        return EngineError(
            .modelNotFound,
            "The model '\(model.prefix(256))' is on the engines \(names). The server's operator has to say which of them it is for, or give it two names.")
    }

    /// A name that an engine may have which does not answer.
    static func modelMayComeLater(_ model: String, _ engines: [EngineID]) -> EngineError {
        let names = engines.map { "'\($0)'" }.joined(separator: " and ")
        return EngineError(
            .unavailable, "No engine that answers has the model '\(model.prefix(256))', and \(names) does not answer. Try again later.")
    }
}
