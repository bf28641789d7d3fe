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
    /// engine of another dialect is rendered anew, once.
    init(
        _ request: CreateRequest, parent: ChainNode?, dialect: any Dialect, sealer: (any ContentSealer)?, generates: Bool
    ) throws(APIError) {
        var items: [Item] = []
        items.reserveCapacity(request.input.count)
        for (index, item) in request.input.enumerated() {
            do throws(APIError) {
                items.append(try Self.entering(item, parent: parent, earlier: items, sealer: sealer))
            } catch {
                throw error.under("input[\(index)]")
            }
        }
        openCalls = try Self.matchCalls(items, parent: parent, generates: generates)
        var prompt: (any RenderedPrompt)?
        if let parent {
            prompt = parent.dialect == dialect.name ? parent.prompt : try dialect.extend(nil, with: parent.items())
        }
        let extended = try dialect.extend(prompt, with: items)
        self.prompt = extended
        promptBytes = extended.addedBytes
        self.parent = parent
        self.dialect = dialect
        input = items.map(\.json)
    }

    /// The node of the finished response.
    func node(id: ResponseID, output: [RawJSON], meters: [MemoryMeter]) -> ChainNode {
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
            dialect: dialect.name, openCalls: openCalls + Self.calls(in: items), meters: meters)
    }

    // MARK: Items that stand for others

    private static func entering(
        _ item: Item, parent: ChainNode?, earlier: [Item], sealer: (any ContentSealer)?
    ) throws(APIError) -> Item {
        switch item.body {
        case .reference(let id):
            if let found = earlier.last(where: { $0.id == id }) { return found }
            guard let json = parent?.item(id: id) else {
                throw .invalidRequest(
                    .invalidValue, "Item with id '\(id)' not found in this conversation. Send the item itself.", param: "id")
            }
            return try Item(json)
        case .compaction(let sealed):
            guard let summary = sealer?.open(sealed, as: .compaction) else { throw .notOurs }
            return .userMessage(JSONText("Summary of the conversation so far:\n\n" + summary.string))
        case .reasoning(let reasoning):
            guard reasoning.content.isEmpty, let sealed = reasoning.encryptedContent else { return item }
            guard let text = sealer?.open(sealed, as: .reasoning) else { throw .notOurs }
            return try Item(item.json.reasoningItem(with: text))
        default: return item
        }
    }

    // MARK: Calls and their outputs

    /// Every output answers a call of the conversation; every call is answered before the model goes on (section 9 of
    /// the Responses API; the compliance suite provokes the first).
    private static func matchCalls(
        _ items: [Item], parent: ChainNode?, generates: Bool
    ) throws(APIError) -> [ChainNode.OpenCall] {
        var open = parent?.openCalls ?? []
        var answered: Set<String> = []
        for (index, item) in items.enumerated() {
            switch item.body {
            case .call(let call):
                open.append(ChainNode.OpenCall(callID: call.callID, mustBeAnswered: item.status != "incomplete"))
            case .callOutput(let output):
                if let place = open.firstIndex(where: { $0.callID == output.callID }) {
                    open.remove(at: place)
                    answered.insert(output.callID)
                } else if !answered.contains(output.callID), parent?.hasCall(output.callID) != true {
                    throw .invalidRequest(
                        nil,
                        "No tool call found for function call output with call_id '\(output.callID)'. Send the call before its "
                            + "output, or continue from the response that made it.", param: "input[\(index)].call_id")
                }
            default: break
            }
        }
        if generates, let missing = open.first(where: \.mustBeAnswered) {
            throw .invalidRequest(
                nil, "No tool output found for function call \(missing.callID). Send a function_call_output for it first.",
                param: "input")
        }
        return open
    }

    private static func calls(in items: [Item]) -> [ChainNode.OpenCall] {
        items.compactMap { item in
            guard case .call(let call) = item.body else { return nil }
            return ChainNode.OpenCall(callID: call.callID, mustBeAnswered: item.status != "incomplete")
        }
    }
}

extension APIError {
    fileprivate static var notOurs: APIError {
        .invalidRequest(
            .invalidEncryptedContent,
            "The encrypted content could not be opened: it was made by another server or changed. Send the items it stands "
                + "for instead.", param: "encrypted_content")
    }
}

extension RawJSON {
    /// This reasoning item with its text in the clear, for the engine.
    fileprivate func reasoningItem(with text: JSONText) -> RawJSON {
        var json = JSONWriter(reserving: bytes.count + text.escaped.count)
        json.beginObject()
        forEachMember { key, value in
            if key == "content" || key == "encrypted_content" { return }
            json.key(key)
            json.value(value)
        }
        json.key("content")
        json.beginArray()
        json.beginObject()
        json.key("type")
        json.value("reasoning_text")
        json.key("text")
        json.value(text)
        json.endObject()
        json.endArray()
        json.endObject()
        return json.raw
    }
}
