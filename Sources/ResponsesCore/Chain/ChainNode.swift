import ResponsesAPI
import ResponsesEngine

/// One response's place in the tree of chains: what its turn added, and a link to the response before it.
///
/// Immutable and shared: a fork is a second child, nothing is copied, and a turn's memory is what the turn brought
/// (ARCHITECTURE, decision 4).
public final class ChainNode: Sendable {
    public let id: ResponseID
    /// The turn's new items, as they entered the conversation.
    public let input: [RawJSON]
    /// What the model made; empty for a warmup.
    public let output: [RawJSON]
    /// What the engine's dialect made of the conversation up to here.
    public let prompt: any RenderedPrompt
    public let dialect: String
    /// The engine that made it, whose cache holds the conversation up to here.
    public let engine: EngineID?
    /// Whether the store may have it. What follows a response that is not stored is not stored either.
    public let isStored: Bool
    /// Calls that no output has answered yet.
    let openCalls: [OpenCall]
    /// Responses from the chain's beginning to this one.
    public let depth: Int
    /// What this node alone takes, in bytes.
    public let bytes: Int
    /// What the chain from its beginning to this node takes, in bytes.
    public let chainBytes: Int
    private let meters: [MemoryMeter]

    // Written in `init` and, to end long chains without recursion, in `deinit` of a descendant that was proven the only
    // holder of this node. Nobody else can see either write.
    nonisolated(unsafe) private var link: ChainNode?

    public var parent: ChainNode? { link }

    package struct OpenCall: Hashable, Sendable {
        package var callID: String
        /// A call cut by a limit need not be answered.
        package var mustBeAnswered: Bool
    }

    /// Fields and array headers of a node, beyond the bytes of its items.
    private static var overheadBytes: Int { 320 }
    private static var overheadBytesPerItem: Int { 48 }

    package init(
        id: ResponseID, parent: ChainNode?, input: [RawJSON], output: [RawJSON], prompt: any RenderedPrompt,
        promptBytes: Int, dialect: String, engine: EngineID? = nil, openCalls: [OpenCall], isStored: Bool, meters: [MemoryMeter]
    ) {
        self.id = id
        link = parent
        self.input = input
        self.output = output
        self.prompt = prompt
        self.dialect = dialect
        self.engine = engine
        self.openCalls = openCalls
        self.isStored = isStored
        self.meters = meters
        depth = (parent?.depth ?? 0) + 1
        let itemBytes = (input + output).reduce(0) { $0 + $1.bytes.count + Self.overheadBytesPerItem }
        bytes = itemBytes + promptBytes + Self.overheadBytes
        chainBytes = (parent?.chainBytes ?? 0) + bytes
        for meter in meters { meter.add(bytes) }
    }

    deinit {
        for meter in meters { meter.subtract(bytes) }
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

    /// Every item of the conversation, oldest first. Decodes the whole chain.
    public func items() -> [Item] {
        var nodes: [ChainNode] = []
        var next: ChainNode? = self
        while let node = next {
            nodes.append(node)
            next = node.parent
        }
        // Every item was read when it came in, so it can be read again.
        return nodes.reversed().flatMap { node in (node.input + node.output).compactMap { try? Item($0) } }
    }

    /// Every item of the conversation that has an id; the newest of each id counts. Walks the chain.
    func itemsByID() -> [String: RawJSON] {
        var found: [String: RawJSON] = [:]
        var next: ChainNode? = self
        while let node = next {
            for json in (node.input + node.output).reversed() {
                if let id = json["id"]?.stringValue, found[id] == nil { found[id] = json }
            }
            next = node.parent
        }
        return found
    }

    /// The ids of all calls of the conversation. Walks the chain.
    func callIDs() -> Set<String> {
        var found: Set<String> = []
        var next: ChainNode? = self
        while let node = next {
            for json in node.input + node.output {
                guard let callID = json["call_id"]?.stringValue, let type = json["type"]?.stringValue else { continue }
                if type.hasSuffix("_call") { found.insert(callID) }
            }
            next = node.parent
        }
        return found
    }
}
