import ResponsesAPI
import ResponsesCore
import ResponsesEngine
import ResponsesStore
import ResponsesTesting

/// A client that sends its whole conversation, item by item as messages of a tiny wire: each message is an array of items.
struct HistoryScene {
    let memory: PrefixMemory
    let owner: Owner = "alice"
    var now: Duration = .zero
    private var made = 0

    init(keptFor: Duration = .seconds(600), bytesMax: Int = 1 << 30) {
        memory = PrefixMemory(keptFor: keptFor, bytesMax: bytesMax, ownerShare: 1, account: MemoryAccount())
    }

    /// Reads a request.
    ///
    /// - Parameter read: told of each message that is read.
    func read(
        _ messages: [[Item]], of owner: Owner? = nil, model: String = "m", head: String? = nil, _ read: (Int) -> Void = { _ in }
    ) throws(APIError) -> KnownHistory {
        var body: [UInt8] = []
        var places: [Range<Int>] = []
        for message in messages {
            let start = body.count
            for item in message { body += item.json.bytes }
            places.append(start..<body.count)
        }
        let reader = HistoryReader(memory, of: owner ?? self.owner, wire: "test", at: now)
        return try body.withUnsafeBufferPointer { (bytes) throws(APIError) in
            try reader.read(places, in: bytes, model: model, head: head.map { JSONText($0) }) { (index) throws(APIError) in
                read(index)
                return messages[index]
            } words: { problem in .invalidRequest(nil, "\(problem)") }
        }
    }

    /// The response to a request, remembered.
    @discardableResult
    mutating func answer(_ history: KnownHistory, with output: [Item]) throws -> ChainNode {
        made += 1
        let dialect = ListDialect()
        let before = try history.parent?.rendering(in: dialect)
        let prompt = try dialect.extend(try dialect.extend(before?.prompt, with: history.items), with: output)
        let calls = output.compactMap { item -> OpenCall? in
            if case .call(let call) = item.body { OpenCall(callID: call.callID, mustBeAnswered: true) } else { nil }
        }
        let node = ChainNode(
            id: ResponseID("resp_\(made)"), parent: history.parent, input: EnteredItems(history.items.map(\.json)), output: output.map(\.json),
            rendering: DialectRendering(dialect, prompt), renderedBytes: 100, openCalls: calls, isStored: false,
            account: memory.nodes.account(of: owner))
        if let ticket = history.ticket { memory.insert(node, of: owner, at: now, under: ticket) }
        return node
    }

    /// The conversation that an engine is given.
    static func prompt(_ history: KnownHistory) throws -> String {
        let dialect = ListDialect()
        return try dialect.extend(try history.parent?.rendering(in: dialect)?.prompt, with: history.items).text
    }

    /// The same from nothing.
    static func prompt(_ items: [Item]) throws -> String { try ListDialect().extend(nil, with: items).text }
}
