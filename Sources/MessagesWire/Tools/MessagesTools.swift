import ResponsesAPI

/// The `tools` of a request (anthropic-messages 5).
struct MessagesTools: Sendable {
    private var all: [MessagesTool] = []

    /// - Parameter bytes: the array as the client sent it.
    /// - Throws: `APIError` naming the field, such as `tools[3].name`.
    init(_ bytes: UnsafeBufferPointer<UInt8>) throws(APIError) {
        var scanner = JSONScanner(bytes)
        var tools = Self()
        do throws(APIError) {
            try scanner.elements { (scanner, _) throws(APIError) in tools.all.append(try MessagesTool(&scanner)) }
        } catch {
            throw error.under("tools")
        }
        self = tools
    }

    /// Those that a model can call, at once or later.
    var functions: [MessagesTool.Function] {
        all.compactMap { if case .function(let function) = $0 { function } else { nil } }
    }

    private init() {}

    /// Stands for a tool that cannot be called; nil for a type that can be on another wire.
    private static func leftOut(_ type: String) -> RawJSON? {
        var json = JSONWriter()
        json.beginObject()
        json.key("type")
        json.value(type)
        json.endObject()
        guard let tool = try? Tool(json.raw), !tool.isCallable else { return nil }
        return json.raw
    }

    /// What is offered from the beginning, in the client's order.
    ///
    /// - Throws: `APIError` when nothing but tools that the server would have to run is there: to answer without them would be silent about
    ///   it, and Claude Code's search of the web makes an error one that its model reads.
    func offered() throws(APIError) -> ToolSet {
        let canCall = !functions.isEmpty
        var json = JSONWriter()
        var count = 0
        json.beginArray()
        for tool in all {
            switch tool {
            case .function(let function):
                if function.isDeferred { continue }
                json.value(function.json)
            case .serverRun(let name, let type):
                guard canCall else { throw .notHere(name) }
                guard let tool = Self.leftOut(type) else { continue }
                json.value(tool)
            }
            count += 1
        }
        json.endArray()
        return count == 0 ? .empty : try ToolSet(json.raw)
    }
}

extension APIError {
    fileprivate static func notHere(_ tool: String) -> APIError {
        .invalidRequest(
            .unsupportedValue, "\"\(tool)\" is not available on this server, as no tool runs on it. Offer tools that the client runs.",
            param: "tools")
    }
}
