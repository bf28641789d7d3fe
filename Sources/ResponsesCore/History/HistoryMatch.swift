import ResponsesAPI

/// Follows a history's turns along what is known of its conversation: each that is known becomes what the model made, and the longest
/// known beginning becomes a node.
struct HistoryMatch {
    private let memory: PrefixMemory?
    private let owner: Owner
    private let model: String?
    private let now: Duration
    /// The conversation so far.
    private(set) var digest: HistoryDigest
    /// The newest response that is known; what is before it need not be given again.
    private(set) var parent: ChainNode?
    /// How many messages stood before that response's; nil where it was not found by its messages.
    private(set) var parentMessages: Int?
    /// What comes behind it.
    private(set) var items: [Item] = []
    /// Of responses that were compared with a turn: a history may name one in each of its turns.
    private var echoes: [ResponseID: Echo] = [:]
    /// A response behind whose input this goes on, as long as it may be found in what follows.
    private var unread: ChainNode?
    /// What was added last, as it is meant; nil before anything was.
    private var last: [UInt8]?
    /// What stood right before the response behind whose input this goes on.
    private var nearBegin: HistoryDigest?
    /// Bytes of responses that may still be read because a call names them: the id of a large one is short.
    private var restorableBytes: Int

    /// - Parameter size: of the request, in bytes.
    init(_ memory: PrefixMemory?, owner: Owner, model: String?, head: HeadDigest?, size: Int, at now: Duration) {
        restorableBytes = Self.restorableBytesMin + 4 * size
        self.now = now
        self.memory = memory
        self.owner = owner
        self.model = model
        digest = HistoryDigest(owner: owner, model: model, head: head)
    }

    /// A few large answers, of which the client kept the calls alone.
    private static var restorableBytesMin: Int { 4 << 20 }

    /// Goes on behind the input of a response that is known. Its output is looked for like any other: the client may have another view.
    mutating func begin(behind known: KnownPlace) {
        digest = known.input
        nearBegin = known.near
        unread = known.node
    }

    /// What stands right before whatever comes next.
    var near: HistoryDigest {
        if last == nil, let nearBegin { return nearBegin }
        return HistoryDigest(owner: owner, model: model, head: nil).adding(last ?? [])
    }

    private mutating func added(_ meaning: [UInt8]) {
        digest = digest.adding(meaning)
        last = meaning
    }

    /// Nothing that follows says that the client has the response: what came before it is what is new, once more.
    private mutating func readInput() {
        guard let node = unread.take() else { return }
        parent = node.parent
        items = node.input.items.compactMap { try? Item($0) }
    }

    mutating func follow(_ units: [HistoryUnit]) {
        defer { readInput() }
        var index = 0
        while index < units.count {
            switch units[index] {
            case .other(let placed):
                add(placed.item)
                index += 1
            case .turn(let turn): index = follow(turn, at: index, in: units)
            }
        }
    }

    private mutating func add(_ item: Item) {
        readInput()
        items.append(item)
        if memory != nil { added(HistoryMeaning.of(item)) }
    }

    /// A turn with more calls is taken as it came: each is looked for among all that were made.
    private static var callsMax: Int { 256 }

    /// - Returns: where the next unit stands.
    private mutating func follow(_ turn: AssistantTurn, at index: Int, in units: [HistoryUnit]) -> Int {
        guard let memory, turn.calls.count <= Self.callsMax else {
            readInput()
            items += turn.made
            if memory != nil { added(HistoryMeaning.of(turn: turn)) }
            for answer in turn.answers { add(answer) }
            return index + 1
        }
        for node in memory.responses(to: digest, of: owner, at: now) {
            let echo = echo(of: node)
            guard let (whole, next) = Self.whole(turn, at: index, in: units, as: echo) else { continue }
            unread = nil
            parent = node
            parentMessages = turn.message
            items = []
            added(HistoryMeaning.of(turn: echo.stored))
            for answer in whole.answers { add(answer) }
            return next
        }
        readInput()
        // Not known here: but what it called may be, and stands as it was made.
        var made = turn.made
        if let call = turn.calls.first, let known = memory.response(withCall: call.callID, of: owner, at: now), mayRestore(known.node) {
            // Ids that an engine counts are equal in other conversations, too: what stands before it says whether it is this one's.
            made = echo(of: known.node).restored(turn, isSame: known.near == near)
        }
        items += made
        added(HistoryMeaning.of(turn: AssistantTurn(stored: made)))
        for answer in turn.answers { add(answer) }
        return index + 1
    }

    private mutating func mayRestore(_ node: ChainNode) -> Bool {
        if echoes[node.id] != nil { return true }
        let bytes = node.output.reduce(0) { $0 + $1.bytes.count }
        guard bytes <= restorableBytes else { return false }
        restorableBytes -= bytes
        return true
    }

    private mutating func echo(of node: ChainNode) -> Echo {
        if let known = echoes[node.id] { return known }
        let echo = Echo(of: node.output.compactMap { try? Item($0) })
        echoes[node.id] = echo
        return echo
    }

    /// A turn, with the pieces that follow it where one came in several, when all of it is this output.
    private static func whole(
        _ turn: AssistantTurn, at index: Int, in units: [HistoryUnit], as echo: Echo
    ) -> (AssistantTurn, next: Int)? {
        if echo.equals(turn) { return (turn, index + 1) }
        guard turn.calls.count < echo.stored.calls.count, echo.has(turn.calls) else { return nil }
        var (whole, next) = (turn, index + 1)
        while whole.calls.count < echo.stored.calls.count, next < units.count, case .turn(let piece) = units[next], piece.text.isEmpty,
            !piece.calls.isEmpty, echo.has(piece.calls)
        {
            whole.join(piece)
            next += 1
        }
        guard next > index + 1 else { return nil }
        whole.order(as: echo.stored)
        return echo.equals(whole) ? (whole, next) : nil
    }
}
