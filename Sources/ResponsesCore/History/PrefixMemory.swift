import ResponsesAPI
import ResponsesStore
import Synchronization

/// The conversations of clients that send them whole with each request, for as long as they probably go on: a request that extends one
/// continues from its node (chat-completions 9.2).
///
/// In memory only, whatever `store` says, which these clients set without meaning it; for each owner by itself, within a budget, and for
/// minutes. What is gone costs the next request a reading and a rendering, and the engine's cache the arguments that a client rewrote.
public final class PrefixMemory: Sendable {
    /// The nodes, with their budget and the shares of owners.
    public let nodes: ChainCache
    /// Tools that come with them.
    let tools: SentTools

    private let tables = PrefixTables()
    private let keptFor: Duration

    /// Of one conversation: a client that asks again and again is not answered from all of it.
    private static var forksMax: Int { 4 }
    /// Forms of one conversation as it was sent.
    private static var formsMax: Int { 3 }
    /// How long an engine's refusal is given again without asking it: clients try the same up to six times within seconds. A full context
    /// stays full; what else an engine calls a bad request may be its own trouble, and over soon.
    private static func refusalTime(_ error: APIError) -> Duration { .seconds(error.code == .contextLengthExceeded ? 20 : 5) }
    private static var refusalsMax: Int { 256 }

    /// - Parameters:
    ///   - keptFor: for how long after its last use a conversation is known.
    ///   - bytesMax: what all of them may take.
    ///   - ownerShare: the part of that which one owner may have while others have some.
    ///   - account: counts them.
    public init(keptFor: Duration, bytesMax: Int, ownerShare: Double, account: MemoryAccount) {
        self.keptFor = keptFor
        nodes = ChainCache(bytesMax: bytesMax, ownerShare: ownerShare, account: account, telling: tables)
        tools = SentTools(account: account)
    }

    /// How many responses are known, for tests and figures.
    package var count: Int { tables.state.withLock { $0.known.count } }

    // MARK: Looking up

    /// The longest beginning of a request's messages that is known as it was sent, with the response that was made behind it.
    ///
    /// - Parameter sent: the digest behind each message.
    func longest(_ sent: [SentDigest], of owner: Owner, at now: Duration) -> KnownPlace? {
        let found = tables.state.withLock { state -> (ResponseID, PrefixTables.Known, Int)? in
            for index in sent.indices.reversed() {
                guard let id = state.bySent[sent[index]], let known = state.known[id], known.owner == owner, known.usedAt + keptFor > now
                else { continue }
                return (id, known, index + 1)
            }
            return nil
        }
        guard let (id, known, messages) = found, let node = nodes.node(id, of: owner) else { return nil }
        return KnownPlace(node: node, input: known.input, near: known.near, messages: messages)
    }

    /// The responses that were made behind a conversation, the newest first.
    func responses(to input: HistoryDigest, of owner: Owner, at now: Duration) -> [ChainNode] {
        let ids = tables.state.withLock { state in
            (state.byInput[input] ?? []).filter { (state.known[$0]?.usedAt ?? .zero) + keptFor > now }
        }
        return ids.reversed().compactMap { nodes.node($0, of: owner) }
    }

    /// The response that made a call, and what stood right before it, whatever came before that.
    func response(withCall id: String, of owner: Owner, at now: Duration) -> (node: ChainNode, near: HistoryDigest)? {
        let found = tables.state.withLock { state -> (ResponseID, HistoryDigest)? in
            guard let id = state.byCall[PrefixTables.CallKey(owner: owner, id: id)], let known = state.known[id], known.usedAt + keptFor > now
            else { return nil }
            return (id, known.near)
        }
        guard let (id, near) = found, let node = nodes.node(id, of: owner) else { return nil }
        return (node, near)
    }

    /// Whether a call of this id is known, of whatever conversation.
    package func knowsCall(_ id: String, of owner: Owner) -> Bool {
        tables.state.withLock { $0.byCall[PrefixTables.CallKey(owner: owner, id: id)] != nil }
    }

    /// A response was found behind these messages: it is looked for there next time, and known for longer.
    func used(_ id: ResponseID, sent: SentDigest?, at now: Duration) {
        tables.state.withLock { state in
            state.known[id]?.usedAt = now
            guard let sent, let forms = state.known[id]?.sent, !forms.contains(sent) else { return }
            if forms.count >= Self.formsMax, let oldest = state.known[id]?.sent.removeFirst(), state.bySent[oldest] == id {
                state.bySent[oldest] = nil
            }
            state.known[id]?.sent.append(sent)
            state.bySent[sent] = id
        }
    }

    // MARK: Keeping

    /// Remembers a response.
    package func insert(_ node: ChainNode, of owner: Owner, at now: Duration, under ticket: HistoryTicket) {
        let calls = ticket.calls.union(node.openCalls.lazy.map(\.callID))
        let known = PrefixTables.Known(
            owner: owner, account: nodes.account(of: owner), input: ticket.input, near: ticket.near, sent: [ticket.sent], calls: calls,
            usedAt: now)
        let crowdedOut = tables.state.withLock { state -> ResponseID? in
            state.known[node.id] = known
            let crowdedOut = Self.add(node.id, to: &state.byInput[ticket.input, default: []])
            state.bySent[ticket.sent] = node.id
            // A call that came back belongs to who made it.
            for call in calls where !ticket.calls.contains(call) || state.byCall[PrefixTables.CallKey(owner: owner, id: call)] == nil {
                state.byCall[PrefixTables.CallKey(owner: owner, id: call)] = node.id
            }
            state.queue.append((node.id, now + keptFor))
            return crowdedOut
        }
        known.account.add(known.bytes, for: .chains)
        nodes.insert(node, of: owner)
        if let crowdedOut { nodes.remove(crowdedOut, of: owner) }
        expire(at: now)
    }

    /// - Returns: the response that is one too many.
    private static func add(_ id: ResponseID, to forks: inout [ResponseID]) -> ResponseID? {
        forks.append(id)
        return forks.count > forksMax ? forks.first : nil
    }

    /// Forgets what was not used for too long. Called with every response that is remembered, and now and then.
    public func expire(at now: Duration) {
        let old = tables.state.withLock { state -> [(ResponseID, Owner)] in
            var old: [(ResponseID, Owner)] = []
            while state.start < state.queue.count, state.queue[state.start].at <= now {
                let id = state.queue[state.start].id
                state.start += 1
                guard let known = state.known[id] else { continue }
                // Used since. It may be in memory for twice its time then, but nothing finds it when that is over.
                if known.usedAt + keptFor > now { state.queue.append((id, now + keptFor)) } else { old.append((id, known.owner)) }
            }
            if state.start > 64, state.start * 2 > state.queue.count {
                state.queue.removeFirst(state.start)
                state.start = 0
            }
            if !state.refusals.isEmpty { state.refusals = state.refusals.filter { $0.value.until > now } }
            return old
        }
        for (id, owner) in old { nodes.remove(id, of: owner) }
    }

    // MARK: Refusals

    /// An engine refused a request: it would refuse the same again.
    package func refused(_ error: APIError, under ticket: HistoryTicket, at now: Duration) {
        tables.state.withLock { state in
            if state.refusals.count >= Self.refusalsMax { state.refusals = state.refusals.filter { $0.value.until > now } }
            guard state.refusals.count < Self.refusalsMax else { return }
            state.refusals[ticket.request] = (error, now + Self.refusalTime(error))
        }
    }

    /// What the engine would say again; nil when it has to be asked.
    package func refusal(of ticket: HistoryTicket, at now: Duration) -> APIError? {
        tables.state.withLock { state in
            guard let refusal = state.refusals[ticket.request], refusal.until > now else { return nil }
            return refusal.error
        }
    }
}
