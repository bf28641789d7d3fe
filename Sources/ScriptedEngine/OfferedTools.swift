import ResponsesAPI
import ResponsesEngine

/// The tools of a request that the scripted model can call, and what `tool_choice` leaves of them.
struct OfferedTools {
    struct Callable: Hashable, Sendable {
        var kind: Item.ToolCall.Kind
        var name: String
        var namespace: String?
        /// Nil when the function takes nothing.
        var parameters: RawJSON?
    }

    /// What may be called.
    let callable: [Callable]
    /// Whether something must be called.
    let isForced: Bool
    /// Whether a tool that is offered may not be called.
    private let isRestricted: Bool

    /// - Throws: `EngineError` when a call is demanded that no tool allows.
    init(_ tools: ToolSet, _ choice: ToolChoice) throws(EngineError) {
        let all = choice == .none ? [] : Self.callables(of: tools)
        switch choice {
        case .auto, .other:
            // A built-in tool cannot be run here, so choosing one leaves the model free.
            (callable, isForced, isRestricted) = (all, false, false)
        case .none: (callable, isForced, isRestricted) = ([], false, true)
        case .required: (callable, isForced, isRestricted) = (all, true, false)
        case .tool(_, let name):
            (callable, isForced, isRestricted) = (all.filter { $0.name == name }, true, true)
        case .allowed(let mode, let names):
            let allowed = Set(names.compactMap(\.name))
            // A namespace that is allowed allows its functions.
            callable = all.filter { allowed.contains($0.name) || $0.namespace.map(allowed.contains) ?? false }
            (isForced, isRestricted) = (mode == .required, true)
        }
        if isForced, callable.isEmpty {
            throw EngineError(
                .invalidRequest,
                "'tool_choice' demands a call, but 'tools' holds no function or custom tool that it allows. Offer one, or "
                    + "set tool_choice to 'auto'.", param: "tool_choice")
        }
    }

    private static func callables(of tools: ToolSet) -> [Callable] {
        tools.tools.flatMap { tool -> [Callable] in
            switch tool {
            case .function(let function):
                [Callable(kind: .function, name: function.name, namespace: nil, parameters: function.parameters)]
            case .custom(let custom):
                [Callable(kind: .custom, name: custom.name, namespace: nil, parameters: nil)]
            case .namespace(let namespace):
                namespace.functions.map {
                    Callable(kind: .function, name: $0.name, namespace: namespace.name, parameters: $0.parameters)
                }
            case .other(let type, let raw):
                ClientRunTool(type: type, raw).map {
                    [Callable(kind: .clientRun($0), name: $0.rawValue, namespace: nil, parameters: $0.parameters)]
                } ?? []
            }
        }
    }

    /// The tool a directive means: the one it names, or the first function, or the first of all.
    ///
    /// - Returns: nil when `tool_choice` excludes the tool: its limits are hard.
    /// - Throws: `EngineError` when the tool is not offered at all.
    func named(_ name: String?) throws(EngineError) -> Callable? {
        let found = name.map { name in callable.first { $0.name == name } } ?? firstFunction
        if found != nil || isRestricted { return found }
        let what = name.map { "'\($0)', which 'tools' does not hold" } ?? "a tool, but 'tools' holds none"
        throw EngineError(
            .invalidRequest, "The directive in the newest user message calls \(what). Offer it with this turn.",
            param: "tools")
    }

    /// The function that a question asks for in plain words, as a model would call `get_weather` when asked for the weather.
    ///
    /// All words of the function's name that have four letters or more stand in the question.
    func asked(in question: String) -> Callable? {
        guard !question.isEmpty else { return nil }
        return callable.first { tool in
            let words = tool.name.lowercased().split { $0 == "_" || $0 == "-" }.filter { $0.utf8.count >= 4 }
            return tool.kind == .function && !words.isEmpty && words.allSatisfy { question.contains($0) }
        }
    }

    private var firstFunction: Callable? { callable.first { $0.kind == .function } ?? callable.first }

    /// The tool of a forced call without a directive: each tool in turn, so that a client whose loop ends with a certain
    /// tool comes to its end.
    func forced(after outputs: Int) -> Callable? {
        guard outputs > 0, !callable.isEmpty else { return firstFunction }
        let first = firstFunction.flatMap { callable.firstIndex(of: $0) } ?? 0
        return callable[(first + outputs) % callable.count]
    }
}
