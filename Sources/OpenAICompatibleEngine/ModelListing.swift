public import ResponsesEngine

/// What an engine that answers says of its models.
public enum ModelListing: Sendable, Hashable {
    /// The models; `isWhole` is false for a page of them.
    case list([EngineModel], isWhole: Bool = true)
    /// It shows no list, and why: names are judged by the turn that uses them.
    case missing(String)

    public var models: [EngineModel] {
        switch self {
        case .list(let models, _): models
        case .missing: []
        }
    }
}
