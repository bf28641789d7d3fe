import ResponsesAPI
import ResponsesEngine
import ResponsesStore
import Synchronization

/// One response's place in the tree of chains: what its turn added, and a link to the response before it.
///
/// Immutable and shared: a fork is a second child, nothing is copied, and a turn's memory is what the turn brought
/// (ARCHITECTURE, decision 4). Only what can be worked out again is added and dropped: renderings of the conversation, and
/// the items of ancestors that were read from the store to make one.
public final class ChainNode: Sendable {
    // A chain has thousands of nodes: what few of them have stands in `rare`, and every field is worth its bytes.

    public let id: ResponseID
    private let inputItems: [RawJSON]
    /// What the model made; empty for a warmup.
    public let output: [RawJSON]
    /// Whether the store has it. What follows a response that is not stored is not stored either.
    public let isStored: Bool
    /// The engine that made it, whose cache holds the conversation up to here; nil when that is not known any more.
    public let engine: EngineID?
    /// Calls that no output has answered yet.
    let openCalls: [OpenCall]
    /// Responses from the chain's beginning to this one, as far as they are held.
    public let depth: Int
    /// What this node alone takes, in bytes, but for what it keeps for a while.
    public let bytes: Int
    /// What the chain from its beginning to this node takes, in bytes.
    public let chainBytes: Int
    private let account: MemoryAccount
    private let rare: Rare?
    private let kept: Mutex<Kept>

    /// What few nodes have, behind a pointer that the others have for it.
    private final class Rare: Sendable {
        /// The response before this one, when it is not held.
        let parentID: ResponseID?
        /// `EnteredItems.sealed` of the input.
        let sealedInput: [Int: RawJSON]
        let trace: (any EngineTrace)?
        let addedTools: ToolSet?
        let contextTokens: Int?
        let shown: [Range<Int>]?

        /// Nil where there is nothing to hold. An initializer that may fail would allocate all the same.
        static func holding(
            parentID: ResponseID? = nil, sealedInput: [Int: RawJSON], trace: (any EngineTrace)? = nil, addedTools: ToolSet?,
            contextTokens: Int? = nil, shown: [Range<Int>]? = nil
        ) -> Rare? {
            if parentID == nil, sealedInput.isEmpty, trace == nil, addedTools == nil, contextTokens == nil, shown == nil { return nil }
            return Rare(parentID, sealedInput, trace, addedTools, contextTokens, shown)
        }

        private init(
            _ parentID: ResponseID?, _ sealedInput: [Int: RawJSON], _ trace: (any EngineTrace)?, _ addedTools: ToolSet?,
            _ contextTokens: Int?, _ shown: [Range<Int>]?
        ) {
            self.parentID = parentID
            self.sealedInput = sealedInput
            self.trace = trace
            self.addedTools = addedTools
            self.contextTokens = contextTokens
            self.shown = shown
        }
    }

    /// What can be worked out again.
    private struct Kept {
        /// The conversation up to here in the dialect that was asked for first.
        var rendering: (any Rendering)?
        /// Whether `rendering` is of the conversation up to the response's input: its output is added when it is asked for.
        var lacksOutput = false
        /// In other dialects, the newest last.
        var others: [any Rendering] = []
        /// What few nodes have, too.
        var reading: Reading?
        /// What this takes beyond `ChainNode.bytes`.
        var bytes = 0

        /// The conversation before this response when `parent` is not held, until it is rendered. Nil when it is not here.
        var before: EnteredItems? {
            get { reading?.before }
            set {
                if reading == nil, newValue != nil { reading = Reading() }
                reading?.before = newValue
            }
        }

        /// Turns that are reading `before`, each between `complete` and `dropBefore`: it stays for them.
        var readers: Int {
            get { reading?.count ?? 0 }
            set {
                if reading == nil { reading = Reading() }
                reading?.count = newValue
            }
        }
    }

    /// Behind the lock of `kept`.
    private final class Reading {
        var before: EnteredItems?
        var count = 0
    }

    /// What is freed elsewhere, as that takes long.
    private struct Large: Sendable {
        let input: [RawJSON]
        let output: [RawJSON]
        let renderings: [any Rendering]
    }

    /// From this size on a node is freed elsewhere: it may have ten thousands of items.
    private static var largeBytesMin: Int { 256 << 10 }
    package var isLarge: Bool { bytes >= Self.largeBytesMin }

    /// A chain that moves between engines keeps its prompt for each of them; beyond this the oldest is made again.
    private static var renderingsMax: Int { 4 }

    // Written in `init` and, to end long chains without recursion, in `deinit` of a descendant that was proven the only
    // holder of this node. Nobody else can see either write.
    nonisolated(unsafe) private var link: ChainNode?

    /// The response before this one; nil at the beginning of a chain.
    public var parentID: ResponseID? { link?.id ?? rare?.parentID }
    /// The turn's new items.
    package var input: EnteredItems { EnteredItems(inputItems, sealed: rare?.sealedInput ?? [:]) }
    /// What the engine wants back with the next turn.
    var trace: (any EngineTrace)? { rare?.trace }
    /// The tools that items of the conversation brought; one set for all nodes behind them.
    package var addedTools: ToolSet? { rare?.addedTools }
    /// How long the conversation is up to here, in tokens of the engine that made it; nil when that was not kept.
    var contextTokens: Int? { rare?.contextTokens }
    /// Which items of the conversation its engine was shown, where it found the whole too long. All that follow were shown.
    var shown: [Range<Int>]? { rare?.shown }

    /// The response before this one when it is held. A chain that was read from the store holds its newest response only.
    public var parent: ChainNode? { link }

    /// Fields and array headers of a node, beyond its items.
    private static var overheadBytes: Int { 400 }

    /// A response that a turn just made.
    ///
    /// - Parameters:
    ///   - rendering: the conversation with this response.
    ///   - lacksOutput: the rendering is of what is before this response's output. Many of those that are remembered are never continued.
    ///   - renderedBytes: what the rendering holds that the parent's does not.
    package init(
        id: ResponseID, parent: ChainNode?, input: EnteredItems, output: [RawJSON],
        rendering: any Rendering, lacksOutput: Bool = false, renderedBytes: Int, engine: EngineID? = nil, trace: (any EngineTrace)? = nil,
        openCalls: [OpenCall], addedTools: ToolSet? = nil, contextTokens: Int? = nil, shown: [Range<Int>]? = nil, isStored: Bool, account: MemoryAccount
    ) {
        self.id = id
        link = parent
        inputItems = input.items
        self.output = output
        self.engine = engine
        rare = .holding(sealedInput: input.sealed, trace: trace, addedTools: addedTools, contextTokens: contextTokens, shown: shown)
        self.openCalls = openCalls
        self.isStored = isStored
        self.account = account
        depth = (parent?.depth ?? 0) + 1
        bytes = input.bytes + EnteredItems.bytes(of: output) + Self.overheadBytes + renderedBytes + (trace?.byteCount ?? 0)
            + Self.bytes(of: openCalls, after: parent) + Self.bytes(of: addedTools, after: parent)
        chainBytes = (parent?.chainBytes ?? 0) + bytes
        kept = Mutex(Kept(rendering: rendering, lacksOutput: lacksOutput))
        account.add(bytes, for: .chains)
    }

    /// A response that was read from the store.
    ///
    /// - Parameters:
    ///   - input: the record's input as it enters the conversation again.
    ///   - before: the conversation before it, when `parent` is not held; the node is whole until that is rendered.
    init(
        _ record: ResponseRecord, input: EnteredItems, parent: ChainNode?, before: EnteredItems?, addedTools: ToolSet? = nil,
        account: MemoryAccount
    ) {
        id = record.id
        link = parent
        inputItems = input.items
        output = record.output
        engine = nil
        rare = .holding(parentID: parent == nil ? record.parent : nil, sealedInput: input.sealed, addedTools: addedTools)
        openCalls = record.openCalls
        isStored = true
        self.account = account
        depth = (parent?.depth ?? 0) + 1
        bytes = input.bytes + EnteredItems.bytes(of: record.output) + Self.overheadBytes
            + Self.bytes(of: record.openCalls, after: parent) + Self.bytes(of: addedTools, after: parent)
        let keptBytes = before?.bytes ?? 0
        chainBytes = (parent?.chainBytes ?? 0) + bytes + keptBytes
        var kept = Kept(bytes: keptBytes)
        kept.before = before
        self.kept = Mutex(kept)
        account.add(bytes + keptBytes, for: .chains)
    }

    /// What a list of calls takes that is not its parent's.
    private static func bytes(of calls: [OpenCall], after parent: ChainNode?) -> Int {
        if calls.isEmpty || calls.isSame(as: parent?.openCalls ?? []) { return 0 }
        return calls.reduce(0) { $0 + $1.callID.utf8.count + 48 }
    }

    /// What a set of tools takes that is not its parent's.
    private static func bytes(of tools: ToolSet?, after parent: ChainNode?) -> Int {
        tools === parent?.addedTools ? 0 : tools?.byteCount ?? 0
    }

    deinit {
        let (keptBytes, renderings) = kept.withLock { kept in
            (kept.bytes, isLarge ? [kept.rendering].compactMap(\.self) + kept.others : [])
        }
        account.subtract(bytes + keptBytes, for: .chains)
        if isLarge { account.dispose(of: Large(input: inputItems, output: output, renderings: renderings)) }
        // A chain of many thousand nodes that ends here would free itself recursively and overflow the stack.
        var next = link
        link = nil
        while isKnownUniquelyReferenced(&next), let following = next?.detach() {
            next = following
        }
    }

    /// Takes the link out of a node that nobody else holds.
    private func detach() -> ChainNode? {
        defer { link = nil }
        return link
    }
}

// MARK: - The conversation

extension ChainNode {
    /// Whether every item of the conversation is in memory. If not, the store has to be asked for the chain.
    package var isWhole: Bool {
        let first = oldest
        return first.parentID == nil || first.kept.withLock { $0.before != nil }
    }

    /// The oldest node that is held. Walks the chain.
    var oldest: ChainNode {
        var node = self
        while let parent = node.parent { node = parent }
        return node
    }

    /// Takes what was before the oldest node that is held, from the same response as the store just returned it.
    ///
    /// A turn that needs it calls this and, when it has begun, `dropBefore`. Nodes are shared, so turns of several
    /// connections may do so at the same time; the last to drop it ends it.
    func complete(with stored: ChainNode) {
        let items = stored.oldest.kept.withLock { $0.before }
        oldest.changeBefore { kept in
            kept.readers += 1
            if kept.before == nil { kept.before = items }
        }
    }

    /// Forgets what is before the oldest node that is held, when no other turn reads it: the store has it.
    func dropBefore() {
        oldest.changeBefore { kept in
            kept.readers -= 1
            if kept.readers == 0 { kept.before = nil }
        }
    }

    private func changeBefore(_ body: (inout Kept) -> Void) {
        let (change, dropped) = kept.withLock { kept in
            let before = kept.before
            body(&kept)
            let change = (kept.before?.bytes ?? 0) - (before?.bytes ?? 0)
            kept.bytes += change
            return (change, before)
        }
        // Freed outside of the lock.
        _ = consume dropped
        count(change)
    }

    private func count(_ change: Int) {
        account.add(change, for: .chains)
    }

    /// Every item of the conversation, oldest first; nil when the chain is not whole. Walks the chain.
    private func json() -> [RawJSON]? {
        var nodes: [ChainNode] = []
        var next: ChainNode? = self
        while let node = next {
            nodes.append(node)
            next = node.parent
        }
        guard let first = nodes.last else { return [] }
        var found: [RawJSON] = []
        if first.parentID != nil {
            guard let before = first.kept.withLock({ $0.before }) else { return nil }
            found = before.items
        }
        for node in nodes.reversed() { found += node.inputItems + node.output }
        return found
    }

    /// Every item of the conversation, oldest first; nil when the chain is not whole. Decodes the whole chain.
    public func items() -> [Item]? {
        // Every item was read when it came in, so it can be read again.
        json()?.compactMap { try? Item($0) }
    }

    /// An item that can be referred to.
    struct Referable {
        /// As it entered the conversation.
        var item: RawJSON
        /// As it may be written down.
        var sealed: RawJSON
    }

    /// Every item of the conversation that has an id and is held; the newest of each id counts. Walks the chain.
    func itemsByID() -> [String: Referable] {
        var found: [String: Referable] = [:]
        func add(_ json: RawJSON, _ sealed: RawJSON?, madeID: @autoclosure () -> String? = nil) {
            if let id = json.givenID ?? madeID(), found[id] == nil { found[id] = Referable(item: json, sealed: sealed ?? json) }
        }
        // An item that came without an id is listed under one by its place.
        func add(_ entered: EnteredItems, of response: ResponseID? = nil) {
            for (index, json) in entered.items.enumerated().reversed() {
                let kept = entered.sealed[index] ?? json
                add(json, entered.sealed[index], madeID: response.map { ItemIDs.made(for: kept, at: index, of: $0) })
            }
        }
        var next: ChainNode? = self
        while let node = next {
            for json in node.output.reversed() { add(json, nil) }
            add(node.input, of: node.id)
            if node.parent == nil, let before = node.kept.withLock({ $0.before }) { add(before) }
            next = node.parent
        }
        return found
    }

    /// The ids of all calls of the conversation, as far as it is held. Walks the chain.
    func callIDs() -> Set<String> {
        var found: Set<String> = []
        func add(_ items: [RawJSON]) {
            for json in items {
                guard let callID = json["call_id"]?.stringValue, let type = json["type"]?.stringValue else { continue }
                if type.hasSuffix("_call") { found.insert(callID) }
            }
        }
        var next: ChainNode? = self
        while let node = next {
            add(node.inputItems)
            add(node.output)
            if node.parent == nil { add(node.kept.withLock { $0.before }?.items ?? []) }
            next = node.parent
        }
        return found
    }

    /// What a dialect made of the conversation up to here, made now when it was not asked for before.
    ///
    /// Costs nothing for a chain that stays with its dialect. One that moves to another, or was read from the store, is
    /// rendered once.
    ///
    /// - Returns: nil when the chain is not whole.
    /// - Throws: `APIError` when an item cannot be written down in this dialect.
    package func rendering<Prompt>(in dialect: any Dialect<Prompt>) throws(APIError) -> DialectRendering<Prompt>? {
        if let known = known(dialect) { return known }
        var nodes: [ChainNode] = [self]
        var before: DialectRendering<Prompt>?
        while let parent = nodes[nodes.count - 1].parent {
            before = parent.known(dialect)
            if before != nil { break }
            nodes.append(parent)
        }
        var rest = EnteredItems([])
        if before == nil, nodes[nodes.count - 1].parentID != nil {
            guard let first = nodes[nodes.count - 1].kept.withLock({ $0.before }) else { return nil }
            rest = first
        }
        for node in nodes.reversed() { rest.append(node.input, made: node.output) }
        let rendering = try DialectRendering(dialect, after: before?.prompt, rest)
        keep(rendering)
        return rendering
    }

    /// Whether the conversation up to here is at hand in a dialect.
    func isRendered(in dialect: String) -> Bool {
        kept.withLock { kept in
            kept.rendering?.dialectName == dialect || kept.others.contains { $0.dialectName == dialect }
        }
    }

    /// The one place where a chain's prompt gets its type back. Names alone do not do: two engines may call different
    /// forms by one name.
    private func known<Prompt>(_ dialect: any Dialect<Prompt>) -> DialectRendering<Prompt>? {
        let name = dialect.name
        addOutputToRendering()
        return kept.withLock { kept in
            if let known = kept.rendering as? DialectRendering<Prompt>, known.dialectName == name { return known }
            for rendering in kept.others.reversed() {
                if let known = rendering as? DialectRendering<Prompt>, known.dialectName == name { return known }
            }
            return nil
        }
    }

    /// Renders what was left for when the response is continued.
    private func addOutputToRendering() {
        guard let before = kept.withLock({ $0.lacksOutput ? $0.rendering : nil }) else { return }
        let whole = before.extended(withMade: output.compactMap { try? Item($0) })
        // Of two that do so at one time the first one's stays.
        let isFirst = kept.withLock { kept in
            guard kept.lacksOutput else { return false }
            kept.lacksOutput = false
            kept.rendering = whole
            kept.bytes += whole.addedBytes
            return true
        }
        if isFirst { count(whole.addedBytes) }
    }

    private func keep(_ rendering: any Rendering) {
        let (change, dropped) = kept.withLock { kept in
            let before = kept.bytes
            var dropped: (any Rendering)?
            if kept.rendering == nil {
                kept.rendering = rendering
            } else {
                if kept.others.count >= Self.renderingsMax - 1 { dropped = kept.others.removeFirst() }
                kept.others.append(rendering)
            }
            // What an older rendering added may be shared with the next nodes' prompts, so it counts on.
            kept.bytes += rendering.addedBytes
            if let items = kept.before, kept.readers == 0 {
                kept.bytes -= items.bytes
                kept.before = nil
            }
            return (kept.bytes - before, dropped)
        }
        _ = consume dropped
        count(change)
    }
}

extension [OpenCall] {
    /// Whether this is the same list in the same memory.
    fileprivate func isSame(as other: [OpenCall]) -> Bool {
        withUnsafeBufferPointer { mine in
            other.withUnsafeBufferPointer { $0.baseAddress == mine.baseAddress && $0.count == mine.count }
        }
    }
}
