import ResponsesAPI
import ResponsesEngine
import ResponsesStore

/// A turn whose chain is known: the parent, the new items as they enter the conversation, and the work for its engine.
struct ResolvedTurn: Sendable {
    let parent: ChainNode?
    /// The new items as they came.
    let came: [RawJSON]
    /// The new items: references replaced by what they stand for, sealed content opened.
    let input: EnteredItems
    /// By index, what references stood for, as it may be written down.
    let referenced: [Int: RawJSON]
    /// The conversation up to and including `input`.
    let rendered: RenderedTurn
    let openCalls: [OpenCall]
    /// The tools that items of the conversation brought.
    let addedTools: ToolSet?
    /// Whether the engine is not shown reasoning of the new items, as somebody else sealed it.
    let hasClosedReasoning: Bool
    /// Of a conversation whose beginning the engine is not shown, whether more of it could be left out.
    let canBeCut: Bool
    /// Which items of the conversation the engine is shown, where that is not all.
    let shown: [Range<Int>]?
    /// What the items and their writing down take in memory, in bytes.
    let heldBytes: Int

    /// Puts the request's items behind its parent and checks them against the conversation.
    ///
    /// - Parameters:
    ///   - addedTools: what items of the conversation brought, these included; `request` has them, too.
    ///   - source: a response whose items can be referred to.
    ///   - places: which of the client's items the request has, where some do not count.
    ///   - countBefore: how many of the items stood in the request's conversation.
    ///   - cuts: how often the engine found the conversation too long.
    ///   - referencedBytesMax: how much the items may amount to that `item_reference` items stand for.
    ///   - owner: whose turn it is.
    ///   - isHeard: whether the client hears signs of life.
    init(
        _ request: CreateRequest, parent: ChainNode?, placement: Placement, sealer: OwnedSealer?, generates: Bool,
        addedTools: ToolSet? = nil, source: ChainNode? = nil, places: [Int]? = nil, countBefore: Int = 0,
        cuts: Int = 0, referencedBytesMax: Int, owner: Owner = .anybody, isHeard: Bool = true
    ) throws(ResolutionFailure) {
        var entering = EnteringItems(parent: parent, source: source, sealer: sealer, referencedBytesMax: referencedBytesMax)
        for (index, item) in request.input.enumerated() {
            do throws(ResolutionFailure) {
                try entering.add(item)
            } catch {
                guard case .refused(let reason) = error else { throw error }
                throw .refused(reason.under(Self.field(places?[index] ?? index, countBefore, item)))
            }
        }
        var order: [Int]?
        do throws(ResolutionFailure) {
            openCalls = try Self.matchCalls(entering.items, order: places, countBefore, parent: parent, generates: generates)
        } catch {
            order = entering.orderOfPairs(openCalls: parent?.openCalls ?? [])
            guard let order else { throw error }
            entering.reorder(order)
            openCalls = try Self.matchCalls(
                entering.items, order: places.map { places in order.map { places[$0] } } ?? order, countBefore, parent: parent,
                generates: generates)
        }
        let items = entering.items
        let trace = parent?.engine == placement.id ? parent?.trace : nil
        let shortened = cuts > 0 ? try Self.shortened(items, after: parent, cuts: cuts) : nil
        canBeCut = shortened?.canBeCut ?? true
        shown = shortened?.shown ?? parent?.shown
        let written: RenderedTurn?
        do throws(APIError) {
            written = try placement.engine.render(
                request, model: placement.model, shortened?.items ?? items, after: shortened == nil ? parent : nil, trace: trace,
                owner: owner, isHeard: isHeard)
        } catch {
            throw .refused(error)
        }
        guard let written else { throw .needsWholeChain }
        rendered = written
        self.parent = parent
        self.addedTools = addedTools
        hasClosedReasoning = entering.hasClosedReasoning
        input = EnteredItems(items.map(\.json), sealed: entering.sealed)
        referenced = entering.referenced
        let newTools = addedTools === parent?.addedTools ? 0 : addedTools?.byteCount ?? 0
        heldBytes = input.bytes + rendered.addedBytes + newTools
        if referenced.isEmpty, input.sealed.isEmpty {
            came = input.items
        } else {
            let sent = request.input.map(\.json)
            came = order.map { $0.map { sent[$0] } } ?? sent
        }
    }

    @inline(never)  // Rare.
    private static func shortened(
        _ items: [Item], after parent: ChainNode?, cuts: Int
    ) throws(ResolutionFailure) -> ShortenedConversation {
        guard let before = parent.map({ $0.items() }) ?? [] else { throw .needsWholeChain }
        return ShortenedConversation(before + items, showing: parent?.shown, cuts: cuts)
    }

    /// The node of the finished response.
    ///
    /// - Parameters:
    ///   - rendersLater: the output is rendered when the response is continued.
    ///   - trace: what the engine wants back with the next turn.
    ///   - contextTokens: how long the conversation is with it, where that is asked for.
    func node(
        id: ResponseID, output: [RawJSON], rendersLater: Bool = false, engine: EngineID, trace: (any EngineTrace)?, contextTokens: Int?, isStored: Bool,
        account: MemoryAccount
    ) -> ChainNode {
        // What the assembler wrote is read back once, so that it is rendered just as an echo of it would be.
        let items = (rendersLater ? output.filter(\.isCall) : output).compactMap { try? Item($0) }
        let rendering = items.isEmpty || rendersLater ? rendered.rendering : rendered.rendering.extended(withMade: items)
        let bytes = rendered.addedBytes + (items.isEmpty || rendersLater ? 0 : rendering.addedBytes)
        // Even with nothing behind it a sum of lists is a copy.
        let calls = Self.calls(in: items)
        return ChainNode(
            id: id, parent: parent, input: input, output: output, rendering: rendering, lacksOutput: rendersLater && !output.isEmpty,
            renderedBytes: bytes, engine: engine,
            trace: trace, openCalls: calls.isEmpty ? openCalls : openCalls + calls, addedTools: addedTools,
            contextTokens: contextTokens, shown: shown, isStored: isStored, account: account)
    }

    /// What the store keeps of the finished response.
    ///
    /// - Parameter object: the response object with empty `output` and `tools`.
    func record(
        _ id: ResponseID, owner: Owner, createdAt: Int, object: RawJSON, tools: RawJSON, output: [RawJSON], openCalls: [OpenCall] = []
    ) -> ResponseRecord {
        ResponseRecord(
            id: id, owner: owner, parent: parent?.id, createdAt: createdAt, object: object, tools: tools, input: came,
            entered: referenced, output: output, openCalls: openCalls)
    }

    /// What the turn adds to a conversation beside its output.
    ///
    func addition(of conversation: ConversationInput) -> ConversationAddition? {
        guard let turn = conversation.place.turn else { return nil }
        // Several references to one item stand for the same.
        let stoodFor = Dictionary(referenced.values.compactMap { item in item.givenID.map { ($0, item) } }, uniquingKeysWith: { first, _ in first })
        var input: [RawJSON] = []
        for (index, item) in conversation.own.enumerated() {
            if case .reference(let id) = item.body {
                // What refers to the conversation's own items adds nothing new, but stands there once more.
                if let item = stoodFor[id] { input.append(item) }
            } else if item.json.givenID == nil {
                input.append(item.json.withID(ItemIDs.made(for: item.json, at: conversation.countBefore + index, of: turn)))
            } else {
                input.append(item.json)
            }
        }
        return ConversationAddition(at: conversation.place, input: input)
    }

    /// The name of the field that an item came in.
    private static func field(_ place: Int, _ countBefore: Int, _ item: Item) -> String {
        // By its id, with which it can be taken out.
        place < countBefore ? "conversation.items[\(item.id ?? "")]" : "input[\(place - countBefore)]"
    }

    // MARK: Calls and their outputs

    /// Every output answers a call of the conversation; every call is answered before the model continues (responses-api 9;
    /// the compliance suite provokes the first).
    ///
    /// - Parameter order: which places the items came in, where that is another.
    private static func matchCalls(
        _ items: [Item], order: [Int]?, _ countBefore: Int, parent: ChainNode?, generates: Bool
    ) throws(ResolutionFailure) -> [OpenCall] {
        // Most turns bring neither, and share their parent's.
        guard items.contains(where: \.isOfCall) else {
            let open = parent?.openCalls ?? []
            if generates { try checkAnswered(open) }
            return open
        }
        // Places instead of searches: a request may bring a hundred thousand parallel calls and their outputs.
        var open: [OpenCall?] = parent?.openCalls ?? []
        var places: [String: [Int]] = [:]
        for (place, call) in open.enumerated() { places[call?.callID ?? "", default: []].append(place) }
        for (index, item) in items.enumerated() {
            switch item.body {
            case .call(let call):
                places[call.callID, default: []].append(open.count)
                open.append(OpenCall(callID: call.callID, mustBeAnswered: item.status != "incomplete"))
            case .callOutput(let output):
                if let place = places[output.callID]?.popLast() {
                    open[place] = nil
                    continue
                }
                let isKnown = Self.callIDs(parent, items[..<index]).contains(output.callID)
                if !isKnown, parent?.isWhole == false { throw .needsWholeChain }
                throw .refused(
                    .invalidRequest(
                        .invalidValue, isKnown ? Self.answeredTwice(output.callID) : Self.answersNothing(output.callID),
                        param: "\(field(order?[index] ?? index, countBefore, item)).call_id"))
            default: break
            }
        }
        let unanswered = open.compactMap(\.self)
        if generates { try checkAnswered(unanswered) }
        guard unanswered.count <= openCallsMax else {
            throw .refused(
                .invalidRequest(
                    .invalidValue,
                    "\(unanswered.count) calls of this conversation have no output; at most \(openCallsMax) may wait for one. Send "
                        + "outputs first.", param: "input"))
        }
        return unanswered
    }

    /// Each node of a chain has its own list of them.
    private static var openCallsMax: Int { 16_384 }

    private static func checkAnswered(_ open: [OpenCall]) throws(ResolutionFailure) {
        guard let missing = open.first(where: \.mustBeAnswered) else { return }
        throw .refused(
            .invalidRequest(
                .invalidValue,
                "No tool output found for function call \(missing.callID). Send a function_call_output for it first.",
                param: "input"))
    }

    private static func answersNothing(_ callID: String) -> String {
        "No tool call found for function call output with call_id '\(callID)'. Send the call, or continue from the response that made it."
    }

    private static func answeredTwice(_ callID: String) -> String {
        "Duplicate function_call_output for call_id '\(callID)'. Each call has exactly one output: send it once, and to send another "
            + "instead continue from the response that made the call."
    }

    /// The ids of all calls of a conversation, for an error's words. Walks the chain, at most once a turn.
    private static func callIDs(_ parent: ChainNode?, _ items: ArraySlice<Item>) -> Set<String> {
        var ids = parent?.callIDs() ?? []
        for case .call(let call) in items.lazy.map(\.body) { ids.insert(call.callID) }
        return ids
    }

    /// Whether items refer to calls of the chain that are not among its open ones: then the whole chain is searched.
    static func mustSearch(_ items: [Item], _ parent: ChainNode?) -> Bool {
        guard let parent else { return false }
        let open = parent.openCalls
        // A few are searched; of thousands each of thousands of outputs would search all.
        let ids = open.count > 16 ? Set(open.lazy.map(\.callID)) : nil
        return items.contains { item in
            switch item.body {
            case .reference: true
            case .callOutput(let output): !(ids?.contains(output.callID) ?? open.contains { $0.callID == output.callID })
            default: false
            }
        }
    }

    private static func calls(in items: [Item]) -> [OpenCall] {
        items.compactMap { item in
            guard case .call(let call) = item.body else { return nil }
            return OpenCall(callID: call.callID, mustBeAnswered: item.status != "incomplete")
        }
    }
}

extension RawJSON {
    /// Whether it is an item that calls something, by its type: reads no further.
    fileprivate var isCall: Bool {
        guard let (range, _) = stringRange("type") else { return false }
        return bytes[range].suffix(5).elementsEqual("_call".utf8)
    }
}

extension Item {
    /// Whether it is a call or a call's output.
    fileprivate var isOfCall: Bool {
        switch body {
        case .call, .callOutput: true
        default: false
        }
    }
}
