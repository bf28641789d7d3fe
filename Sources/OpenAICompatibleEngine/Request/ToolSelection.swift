import NIOCore
import ResponsesAPI
import ResponsesEngine

/// What a request offers of its tools, and which calls may come back (responses-api 6, responses-api 14).
struct ToolSelection: Sendable {
    /// The `tools` array; nil: neither `tools` nor `tool_choice` is sent.
    var json: ByteBuffer?
    /// The word for `tool_choice`; nil means auto, which is not sent.
    var choice: String?
    var calls: CallPolicy

    /// - Parameter requiresCalls: the engine takes the word `required`; else the choice is the model's.
    init(
        _ request: GenerationRequest<ChatPrompt>, catalog: ToolCatalog, requiresCalls: Bool = true
    ) throws(EngineError) {
        defer { if !requiresCalls, choice == "required" { choice = nil } }
        calls = CallPolicy(heads: catalog.heads, isParallel: request.parallelToolCalls)
        guard let all = catalog.json else {
            if case .tool(_, let name) = request.toolChoice { throw Self.unknown(name) }
            calls.allowed = []
            return
        }
        switch request.toolChoice {
        case .auto, .other: json = all
        case .none:
            // The tools stay, so that the prompt's beginning stays what the cache holds.
            json = all
            choice = "none"
            calls.allowed = []
        case .required:
            json = all
            choice = "required"
        case .tool(let type, let name):
            // A named choice is sent as the only tool there is: llama.cpp takes the named form for auto.
            let entries = catalog.entries.filter { $0.name == name || $0.wireName == name }
            let chosen = entries.first { catalog.heads[$0.wireName]?.kind.toolType == type } ?? entries.first
            guard let chosen else { throw Self.unknown(name) }
            offer([chosen], of: catalog)
            choice = "required"
        case .allowed(let mode, let names):
            let wanted = Set(names.compactMap(\.name))
            offer(catalog.entries.filter { wanted.contains($0.name) || wanted.contains($0.wireName) }, of: catalog)
            if json != nil, mode == .required { choice = "required" }
        }
    }

    private mutating func offer(_ entries: [ToolCatalog.Entry], of catalog: ToolCatalog) {
        json = entries.isEmpty ? nil : catalog.array(entries)
        calls.allowed = Set(entries.map(\.wireName))
    }

    private static func unknown(_ name: String) -> EngineError {
        EngineError(
            .invalidRequest,
            // A tool's name is not longer (responses-api 5), but this one is whatever the client wrote.
            "The tool '\(name.prefix(128))' of 'tool_choice' is not among 'tools', or this engine cannot run it. Offer it as a function.",
            param: "tool_choice")
    }
}
