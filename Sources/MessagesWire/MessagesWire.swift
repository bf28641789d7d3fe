import ResponsesAPI
import ResponsesCore

/// `POST /v1/messages`: the wire of Claude Code and the Anthropic SDKs (anthropic-messages).
package struct MessagesWire: Wire {
    package init() {}

    /// Anthropic's SDKs read this name (anthropic-messages 2.2).
    package var requestIDField: String? { "request-id" }

    package var framing: StreamFraming { StreamFraming(hasNames: true, endsWithDone: (well: false, failed: false)) }

    package func request(reading body: [UInt8], _ reading: WireReading) throws(APIError) -> WireRequest {
        let request = try MessagesRequest(parsing: body, isCount: reading.isCount)
        var create = request.create
        create.promptCacheKey = request.cacheKey(reading.header)
        if let place = request.tools { create.tools = try Self.tools(in: body, at: place, reading.tools) }
        var history = try Self.history(of: request, in: body, reading, reading.history)
        if Self.hasToolOfTwoMeanings(create.tools, history) {
            // The client changed a tool since the conversation brought it in. As it is known it cannot go on; read anew it can.
            history = try Self.history(of: request, in: body, reading, HistoryReader())
        }
        try Self.checkChoice(create, in: body, at: request.tools, history)
        let isStream = request.isStream && !reading.isCount
        create.stream = isStream
        let format = MessagesFormat(request, isStream: isStream, sealer: reading.sealer)
        return WireRequest(create, history, format, isStream: isStream)
    }

    package func answer(to error: APIError, requestID: String) -> WireError { MessagesError(error).answer(requestID: requestID) }

    private static func tools(in body: [UInt8], at place: Range<Int>, _ known: WireTools) throws(APIError) -> ToolSet {
        try body.scanned { (scanner) throws(APIError) in
            let bytes = scanner.bytes(place)
            return try known.tools(bytes, in: "messages") { () throws(APIError) in try MessagesTools(bytes).offered() }
        }
    }

    private static func history(
        of request: MessagesRequest, in body: [UInt8], _ reading: WireReading, _ reader: HistoryReader
    ) throws(APIError) -> KnownHistory {
        let all = request.messages ?? []
        let shown = request.shownMessages()
        let signature = ThinkingSignature(reading.sealer, model: request.create.model ?? "")
        var tools = DeferredTools(body, at: request.tools)
        return try body.scanned { (scanner) throws(APIError) in
            try reader.read(
                shown.map { all[$0].range }, in: scanner.bytes(0..<body.count), model: request.create.model, head: request.instructions,
                beside: request.tools,
                items: { (index) throws(APIError) in
                    let place = shown[index]
                    do throws(APIError) {
                        return try items(of: all[place], in: body, isLast: place == all.count - 1, reading.sealer, signature, &tools)
                    } catch {
                        throw error.under("messages[\(place)]")
                    }
                },
                words: { problem in problem.words { shown[$0] } })
        }
    }

    /// Whether one name stands for two tools among those that are offered and those that the conversation brought in.
    private static func hasToolOfTwoMeanings(_ tools: ToolSet, _ history: KnownHistory) -> Bool {
        let brought = toolsBrought(by: history)
        if brought.isEmpty { return false }
        var meanings: [String: RawJSON] = [:]
        for tool in tools.json.elements + brought {
            guard let name = tool["name"]?.stringValue else { continue }
            if let meaning = meanings.updateValue(tool, forKey: name), meaning != tool { return true }
        }
        return false
    }

    private static func toolsBrought(by history: KnownHistory) -> [RawJSON] {
        let known = history.parent?.addedTools?.json.elements ?? []
        return known + history.items.filter(\.bringsTools).flatMap { $0.json["tools"]?.elements ?? [] }
    }

    /// A tool that is in `tools` and not offered yet is another mistake than one that is not there.
    private static func checkChoice(
        _ create: CreateRequest, in body: [UInt8], at place: Range<Int>?, _ history: KnownHistory
    ) throws(APIError) {
        guard case .tool(_, let name) = create.toolChoice, create.tools.callable(named: name) == nil else { return }
        var tools = DeferredTools(body, at: place)
        guard tools.deferred(named: name) != nil, !toolsBrought(by: history).contains(where: { $0["name"]?.stringValue == name })
        else { return }
        throw .invalidRequest(
            .invalidValue, "Tool '\(name.prefix(64))' is deferred, and no 'tool_reference' brought it in yet. Offer it without "
                + "'defer_loading', or let the model find it first.", param: "tool_choice")
    }

    private static func items(
        of message: MessagePlace, in body: [UInt8], isLast: Bool, _ sealer: OwnedSealer?, _ signature: ThinkingSignature,
        _ tools: inout DeferredTools
    ) throws(APIError) -> [Item] {
        guard let content = message.content else { return [] }
        var made = MessageItems(message.role, sealer: sealer, signature: signature)
        try body.scanned(content) { (scanner) throws(APIError) in try made.read(&scanner, &tools) }
        if isLast, message.role == .user, made.made.isEmpty, let type = made.passedOver.first {
            throw .wrongValue("content", "this server does not know blocks of the type '\(type)', and the message has no others.")
        }
        return made.items
    }
}
