import ResponsesAPI

/// The `tools` of a request (anthropic-messages 5).
struct MessagesTools: Sendable {
    private(set) var functions: [MessagesTool.Function] = []
    private var serverRun: [String] = []

    /// - Parameter bytes: the array as the client sent it.
    /// - Throws: `APIError` naming the field, such as `tools[3].name`.
    init(_ bytes: UnsafeBufferPointer<UInt8>) throws(APIError) {
        var scanner = JSONScanner(bytes)
        var tools = Self()
        do throws(APIError) {
            try scanner.elements { (scanner, _) throws(APIError) in
                switch try MessagesTool(&scanner) {
                case .function(let function): tools.functions.append(function)
                case .serverRun(let name): tools.serverRun.append(name)
                }
            }
        } catch {
            throw error.under("tools")
        }
        self = tools
    }

    private init() {}

    /// What is offered from the beginning, in the client's order.
    ///
    /// - Throws: `APIError` when nothing but tools that the server would have to run is there: to answer without them would be silent about
    ///   it, and Claude Code's search of the web makes an error one that its model reads.
    func offered() throws(APIError) -> ToolSet {
        if functions.isEmpty, let name = serverRun.first {
            throw .invalidRequest(
                .unsupportedValue, "\"\(name)\" is not available on this server, as no tool runs on it. Offer tools that the client runs.",
                param: "tools")
        }
        let tools = functions.filter { !$0.isDeferred }
        if tools.isEmpty { return .empty }
        var json = JSONWriter(reserving: tools.reduce(2) { $0 + $1.json.bytes.count + 1 })
        json.beginArray()
        for tool in tools { json.value(tool.json) }
        json.endArray()
        return try ToolSet(json.raw)
    }
}
