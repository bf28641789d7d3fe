import ResponsesAPI
import ResponsesEngine

/// A turn whose chain is known: the parent, the new items as they enter the conversation, and the prompt.
struct ResolvedTurn: Sendable {
    let parent: ChainNode?
    /// The new items: references replaced by what they stand for, sealed content opened.
    let input: [RawJSON]
    /// The conversation up to and including `input`, in the engine's dialect.
    let prompt: any RenderedPrompt
    /// Bytes the prompt added to its parent's.
    let promptBytes: Int
    let dialect: any Dialect
    let openCalls: [ChainNode.OpenCall]

    /// Puts the request's items behind its parent and checks them against the conversation.
    ///
    /// Costs what the turn adds: the parent's prompt is extended, its items are not read. Only a chain that moves to an
    /// engine of another dialect is rendered again, once.
    ///
    /// - Parameter referencedBytesMax: how much the items may amount to that `item_reference` items stand for.
    init(
        _ request: CreateRequest, parent: ChainNode?, dialect: any Dialect, sealer: (any ContentSealer)?, generates: Bool,
        referencedBytesMax: Int
    ) throws(APIError) {
        var entering = EnteringItems(parent: parent, sealer: sealer, referencedBytesMax: referencedBytesMax)
        for (index, item) in request.input.enumerated() {
            do throws(APIError) {
                try entering.add(item)
            } catch {
                throw error.under("input[\(index)]")
            }
        }
        let items = entering.items
        openCalls = try Self.matchCalls(items, parent: parent, generates: generates)
        var prompt = parent?.prompt
        var renderedAnew = 0
        if let parent, parent.dialect != dialect.name {
            let whole = try dialect.extend(nil, with: parent.items())
            renderedAnew = whole.addedBytes
            prompt = whole
        }
        let extended = try dialect.extend(prompt, with: items)
        self.prompt = extended
        promptBytes = renderedAnew + extended.addedBytes
        self.parent = parent
        self.dialect = dialect
        input = items.map(\.json)
    }

    /// The node of the finished response.
    func node(id: ResponseID, output: [RawJSON], engine: EngineID, isStored: Bool, meters: [MemoryMeter]) -> ChainNode {
        // What the assembler wrote is read back once, so that it is rendered just as an echo of it would be.
        let items = output.compactMap { try? Item($0) }
        var prompt = self.prompt
        var bytes = promptBytes
        if !items.isEmpty, let extended = try? dialect.extend(prompt, with: items) {
            prompt = extended
            bytes += extended.addedBytes
        }
        return ChainNode(
            id: id, parent: parent, input: input, output: output, prompt: prompt, promptBytes: bytes,
            dialect: dialect.name, engine: engine, openCalls: openCalls + Self.calls(in: items), isStored: isStored, meters: meters)
    }

    // MARK: Calls and their outputs

    /// Every output answers a call of the conversation; every call is answered before the model continues (responses-api 9;
    /// the compliance suite provokes the first).
    private static func matchCalls(
        _ items: [Item], parent: ChainNode?, generates: Bool
    ) throws(APIError) -> [ChainNode.OpenCall] {
        // Places instead of searches: a request may bring a hundred thousand parallel calls and their outputs.
        var open: [ChainNode.OpenCall?] = parent?.openCalls ?? []
        var places: [String: [Int]] = [:]
        for (place, call) in open.enumerated() { places[call?.callID ?? "", default: []].append(place) }
        var answered: Set<String>?
        for (index, item) in items.enumerated() {
            switch item.body {
            case .call(let call):
                places[call.callID, default: []].append(open.count)
                open.append(ChainNode.OpenCall(callID: call.callID, mustBeAnswered: item.status != "incomplete"))
            case .callOutput(let output):
                if let place = places[output.callID]?.popLast() {
                    open[place] = nil
                    answered?.insert(output.callID)
                    continue
                }
                if answered == nil { answered = Self.callIDs(parent, items[..<index]) }
                guard answered?.contains(output.callID) == true else {
                    throw .invalidRequest(
                        .invalidValue,
                        "No tool call found for function call output with call_id '\(output.callID)'. Send the call before its "
                            + "output, or continue from the response that made it.", param: "input[\(index)].call_id")
                }
            default: break
            }
        }
        let unanswered = open.compactMap(\.self)
        if generates, let missing = unanswered.first(where: \.mustBeAnswered) {
            throw .invalidRequest(
                .invalidValue,
                "No tool output found for function call \(missing.callID). Send a function_call_output for it first.",
                param: "input")
        }
        return unanswered
    }

    /// The ids of all calls of a conversation: an output may be sent again. Walks the chain, at most once a turn.
    private static func callIDs(_ parent: ChainNode?, _ items: ArraySlice<Item>) -> Set<String> {
        var ids = parent?.callIDs() ?? []
        for case .call(let call) in items.lazy.map(\.body) { ids.insert(call.callID) }
        return ids
    }

    private static func calls(in items: [Item]) -> [ChainNode.OpenCall] {
        items.compactMap { item in
            guard case .call(let call) = item.body else { return nil }
            return ChainNode.OpenCall(callID: call.callID, mustBeAnswered: item.status != "incomplete")
        }
    }
}
