import ResponsesAPI
import ResponsesStore

/// A turn's items on their way into the conversation: those that stand for others are replaced by what they stand for.
struct EnteringItems {
    private(set) var items: [Item] = []
    /// By index, those that may be written to a disk in another form only (`EnteredItems.sealed`).
    private(set) var sealed: [Int: RawJSON] = [:]
    /// By index, what references stood for, as it may be written down (`ResponseRecord.entered`).
    private(set) var referenced: [Int: RawJSON] = [:]
    /// Whether there is reasoning among them that somebody else sealed: the engine is shown its summary at most.
    private(set) var hasClosedReasoning = false
    private let parent: ChainNode?
    /// Whose items can be referred to, too.
    private let source: ChainNode?
    private let opener: ItemOpener
    /// A short reference can stand for a large item, and a request can hold many: so they share a limit.
    private let referencedBytesMax: Int
    private var referencedBytes = 0
    /// Every item that can be referred to, by its id. Made when the first reference is met.
    private var known: [String: ChainNode.Referable]?
    /// How many of `items` are in `known`.
    private var knownCount = 0

    init(parent: ChainNode?, source: ChainNode? = nil, sealer: OwnedSealer?, referencedBytesMax: Int) {
        self.parent = parent
        self.source = source
        opener = ItemOpener(sealer)
        self.referencedBytesMax = referencedBytesMax
    }

    /// Takes the next item.
    ///
    /// - Throws: `ResolutionFailure` with the field's path within the item, when it refers to nothing or cannot be opened.
    mutating func add(_ item: Item) throws(ResolutionFailure) {
        if case .reference(let id) = item.body {
            let found = try referable(id)
            referenced[items.count] = found.sealed
            if found.sealed.bytes != found.item.bytes { sealed[items.count] = found.sealed }
            do throws(APIError) {
                let item = try Item(found.item)
                // What a turn compacted stands in its response as the client was given it.
                if case .compaction = item.body { sealed[items.count] = item.json }
                items.append(try opener.opened(item))
            } catch {
                throw .refused(error)
            }
            return
        }
        do throws(APIError) {
            let opened = try opener.opened(item)
            if case .reasoning(let reasoning) = item.body {
                if opened.json.bytes != item.json.bytes {
                    sealed[items.count] = item.json
                } else if reasoning.content.isEmpty, reasoning.encryptedContent != nil {
                    hasClosedReasoning = true
                }
            }
            if case .compaction = item.body { sealed[items.count] = item.json }
            items.append(opened)
        } catch {
            throw .refused(error)
        }
    }

    private mutating func referable(_ id: String) throws(ResolutionFailure) -> ChainNode.Referable {
        var known = self.known ?? (parent ?? source)?.itemsByID() ?? [:]
        // The dictionary has one owner while it grows, or every reference would copy it.
        self.known = nil
        for index in knownCount..<items.count {
            let item = items[index]
            if let id = item.id { known[id] = ChainNode.Referable(item: item.json, sealed: sealed[index] ?? item.json) }
        }
        knownCount = items.count
        let found = known[id]
        self.known = known
        guard let found else {
            if parent?.isWhole == false { throw .needsWholeChain }
            throw .refused(
                .invalidRequest(
                    .invalidValue, "Item with id '\(id)' not found in this conversation. Send the item itself.", param: "id"))
        }
        referencedBytes += found.item.bytes.count
        guard referencedBytes <= referencedBytesMax else {
            throw .refused(
                .invalidRequest(
                    .invalidValue,
                    "The items referred to are larger than \(referencedBytesMax) bytes together. Refer to fewer.", param: "id"))
        }
        return found
    }
}

// MARK: - Outputs that came before their calls

extension EnteringItems {
    /// The order in which each output follows its call, which clients that gather histories in parts do not keep; nil when the
    /// items have it. An output that came early goes right behind its call, all else keeps its place.
    ///
    /// - Parameter openCalls: calls of the conversation before, whose outputs are in place wherever they stand.
    func orderOfPairs(openCalls: [OpenCall]) -> [Int]? {
        var waiting: [String: Int] = [:]
        for call in openCalls { waiting[call.callID, default: 0] += 1 }
        // Early outputs by their call's id.
        var early: [String: [Int]] = [:]
        for (index, item) in items.enumerated() {
            switch item.body {
            case .call(let call): waiting[call.callID, default: 0] += 1
            case .callOutput(let output):
                if let count = waiting[output.callID], count > 0 {
                    waiting[output.callID] = count - 1
                } else {
                    early[output.callID, default: []].append(index)
                }
            default: break
            }
        }
        if early.isEmpty { return nil }
        // Those that came first are taken first, from the end.
        early = early.mapValues { $0.reversed() }
        // Only those whose call comes later move; the others answer nothing, and are refused where they stand.
        var behind: [Int: Int] = [:]
        for (index, item) in items.enumerated() {
            guard case .call(let call) = item.body, let output = early[call.callID]?.last, output < index else { continue }
            early[call.callID]?.removeLast()
            behind[index] = output
        }
        if behind.isEmpty { return nil }
        let moved = Set(behind.values)
        var order: [Int] = []
        order.reserveCapacity(items.count)
        for index in items.indices where !moved.contains(index) {
            order.append(index)
            if let output = behind[index] { order.append(output) }
        }
        return order
    }

    /// - Parameter order: for each place, which of the items goes there.
    mutating func reorder(_ order: [Int]) {
        items = order.map { items[$0] }
        var (sealed, referenced): ([Int: RawJSON], [Int: RawJSON]) = ([:], [:])
        for (place, index) in order.enumerated() {
            sealed[place] = self.sealed[index]
            referenced[place] = self.referenced[index]
        }
        (self.sealed, self.referenced) = (sealed, referenced)
    }
}
