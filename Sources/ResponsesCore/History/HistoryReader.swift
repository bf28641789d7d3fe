import ResponsesAPI

/// Reads a conversation that its client sends whole: as far as it is known it is not read but continued.
///
/// What clients do to a history on its way is undone here, for every wire alike (chat-completions 4, chat-completions 9): results stand in
/// the order of their calls and right behind them; what a user says between stands behind them; one turn in pieces is put together; what
/// equals by meaning what a model made is that, byte for byte.
package struct HistoryReader: Sendable {
    private let memory: PrefixMemory?
    private let owner: Owner
    private let wire: String
    private let now: Duration

    /// Without a memory: everything is read.
    package init() { self.init(nil, of: .anybody, wire: "", at: .zero) }

    /// - Parameters:
    ///   - memory: nil where nothing is remembered.
    ///   - wire: equal bytes mean different things on different wires.
    package init(_ memory: PrefixMemory?, of owner: Owner, wire: String, at now: Duration) {
        self.memory = memory
        self.owner = owner
        self.wire = wire
        self.now = now
    }

    /// - Parameters:
    ///   - messages: where each message stands in `bytes`.
    ///   - bytes: the request's body.
    ///   - model: the model's name; conversations with different models are different ones.
    ///   - head: the instructions, without what clients change in them with every turn; so are those under different heads.
    ///   - beside: where in `bytes` stands what a message's items depend on beside the message, such as tools that it names.
    ///   - items: the items of one message, by its index, without regard to the others. The head's instructions are not among them.
    ///   - words: an error for what is wrong with the history as a whole, in the wire's words.
    package func read(
        _ messages: [Range<Int>], in bytes: UnsafeBufferPointer<UInt8>, model: String?, head: JSONText?, beside: Range<Int>? = nil,
        items: (Int) throws(APIError) -> [Item], words: (HistoryProblem) -> APIError
    ) throws(APIError) -> KnownHistory {
        let headDigest = memory == nil ? nil : HeadDigest(head)
        var sent: [SentDigest] = []
        if memory != nil {
            sent.reserveCapacity(messages.count)
            var digest = SentDigest(owner: owner, wire: wire, model: model, head: headDigest)
            if let beside { digest = digest.adding(UnsafeBufferPointer(rebasing: bytes[beside])) }
            for message in messages {
                digest = digest.adding(UnsafeBufferPointer(rebasing: bytes[message]))
                sent.append(digest)
            }
        }
        let begun = HistoryMatch(memory, owner: owner, model: model, head: headDigest, size: bytes.count, at: now)
        do throws(HistoryFailure) {
            if let memory, let known = memory.longest(sent, of: owner, at: now) {
                var match = begun
                match.begin(behind: known)
                memory.used(known.node.id, sent: nil, at: now)
                // Whatever is wrong is said after a look at the whole.
                if var history = try? read(known.messages..<messages.count, match, sent: sent, in: bytes, items: items) {
                    history.unreadMessages = known.messages
                    return history
                }
            }
            return try read(0..<messages.count, begun, sent: sent, in: bytes, items: items)
        } catch {
            switch error {
            case .refused(let reason): throw reason
            case .problem(let problem): throw words(problem)
            }
        }
    }

    private func read(
        _ messages: Range<Int>, _ begun: HistoryMatch, sent: [SentDigest], in bytes: UnsafeBufferPointer<UInt8>,
        items: (Int) throws(APIError) -> [Item]
    ) throws(HistoryFailure) -> KnownHistory {
        var gathered = HistoryUnits()
        for index in messages {
            let read: [Item]
            do throws(APIError) { read = try items(index) } catch { throw .refused(error) }
            for item in read { try gathered.add(PlacedItem(item: item, message: index)) }
        }
        try gathered.end()
        var match = begun
        match.follow(gathered.units)
        guard let memory else { return KnownHistory(parent: nil, items: match.items) }
        if let parent = match.parent {
            memory.used(parent.id, sent: match.parentMessages.flatMap { $0 > 0 ? sent[$0 - 1] : nil }, at: now)
        }
        let request = SentDigest(owner: owner, wire: wire, model: nil).adding(bytes)
        var history = KnownHistory(parent: match.parent, items: match.items)
        let calls = history.callIDs
        history.ticket = sent.last.map { HistoryTicket(input: match.digest, near: match.near, sent: $0, calls: calls, request: request) }
        return history
    }
}
