import ResponsesAPI

/// The conversations of a `MemoryStore`. They stay until they are deleted, so a new one, or a new item, may find no room:
/// where all together have none, and where its owner's share is full, as nothing would give way for others later.
struct ConversationTable {
    private struct Entry {
        var conversation: Conversation
        /// Oldest first.
        var items: [(id: String, json: RawJSON)] = []
        var ids: Set<String> = []
        /// The turn that runs in it.
        var turn: ResponseID?
        /// The response whose chain is the first `headCount` items.
        var head: ResponseID?
        var headCount = 0
        /// How many ids were made for its items.
        var made = 0
    }

    private var entries: [ConversationID: Entry] = [:]
    private var bytesOfOwners: [Owner: Int] = [:]
    private let bytesMax: Int
    private let ownerBytesMax: Int
    private(set) var bytes = 0

    /// The conversation's fields and its places in tables, which are half full on the average.
    private static var overheadBytes: Int { 256 }
    /// An item's places in its array, which is two thirds full on the average, and in the set of ids, which is half full.
    private static var overheadBytesPerItem: Int { 72 }

    init(bytesMax: Int, ownerShare: Double = 1) {
        self.bytesMax = bytesMax
        ownerBytesMax = Int(Double(bytesMax) * min(max(ownerShare, 0), 1))
    }

    func bytes(of owner: Owner) -> Int { bytesOfOwners[owner] ?? 0 }

    private func has(_ id: ConversationID, _ owner: Owner) -> Bool { entries[id]?.conversation.owner == owner }

    private static func size(_ conversation: Conversation) -> Int {
        overheadBytes + HeapSize.string(conversation.id.rawValue) + HeapSize.string(conversation.owner.rawValue)
            + HeapSize.array(conversation.metadata.bytes)
    }

    private static func size(_ item: (id: String, json: RawJSON)) -> Int {
        HeapSize.string(item.id) + HeapSize.array(item.json.bytes) + overheadBytesPerItem
    }

    private mutating func take(_ bytes: Int, for owner: Owner) throws(StoreError) {
        // A server without keys has one owner, with nobody to protect from it.
        let ownerBytesMax = owner == .anybody ? bytesMax : ownerBytesMax
        guard self.bytes + bytes <= bytesMax, self.bytes(of: owner) + bytes <= ownerBytesMax else { throw .full }
        count(bytes, for: owner)
    }

    private mutating func count(_ bytes: Int, for owner: Owner) {
        self.bytes += bytes
        let sum = self.bytes(of: owner) + bytes
        bytesOfOwners[owner] = sum == 0 ? nil : sum
    }

    // MARK: Conversations

    mutating func create(_ conversation: Conversation, items: [RawJSON]) throws(StoreError) -> [RawJSON] {
        guard entries[conversation.id] == nil else { throw .taken }
        try take(Self.size(conversation), for: conversation.owner)
        entries[conversation.id] = Entry(conversation: conversation)
        do throws(StoreError) {
            return try add(items, to: conversation.id)
        } catch {
            entries[conversation.id] = nil
            count(-Self.size(conversation), for: conversation.owner)
            throw error
        }
    }

    func conversation(_ id: ConversationID, _ owner: Owner) -> Conversation? {
        has(id, owner) ? entries[id]?.conversation : nil
    }

    mutating func update(_ id: ConversationID, metadata: RawJSON, _ owner: Owner) throws(StoreError) -> Conversation? {
        guard has(id, owner), var conversation = entries[id]?.conversation else { return nil }
        let old = Self.size(conversation)
        conversation.metadata = metadata
        try take(Self.size(conversation) - old, for: owner)
        entries[id]?.conversation = conversation
        return conversation
    }

    mutating func delete(_ id: ConversationID, _ owner: Owner) -> Bool {
        guard has(id, owner), let entry = entries.removeValue(forKey: id) else { return false }
        count(-entry.items.reduce(Self.size(entry.conversation)) { $0 + Self.size($1) }, for: owner)
        return true
    }

    // MARK: Items

    func items(of id: ConversationID, _ owner: Owner) -> [(id: String, json: RawJSON)]? {
        has(id, owner) ? entries[id]?.items : nil
    }

    mutating func append(
        _ items: [RawJSON], to id: ConversationID, _ owner: Owner
    ) throws(StoreError) -> ConversationAnswer<[RawJSON]> {
        guard has(id, owner) else { return .missing }
        guard entries[id]?.turn == nil else { return .busy }
        return .done(try add(items, to: id))
    }

    mutating func remove(
        _ itemID: String, from id: ConversationID, _ owner: Owner
    ) -> ConversationAnswer<Conversation> {
        guard has(id, owner), let entry = entries[id], let index = entry.items.firstIndex(where: { $0.id == itemID }) else {
            return .missing
        }
        guard entry.turn == nil else { return .busy }
        count(-Self.size(entry.items[index]), for: owner)
        entries[id]?.items.remove(at: index)
        entries[id]?.ids.remove(itemID)
        if index < entry.headCount {
            entries[id]?.head = nil
            entries[id]?.headCount = 0
        }
        return .done(entry.conversation)
    }

    /// Adds all of these items or none. Costs what it adds, however long the list is.
    private mutating func add(_ items: [RawJSON], to id: ConversationID) throws(StoreError) -> [RawJSON] {
        guard !items.isEmpty, let owner = entries[id]?.conversation.owner, var made = entries[id]?.made else { return [] }
        var new: Set<String> = []
        func isNew(_ itemID: String) -> Bool { entries[id]?.ids.contains(itemID) == false && new.insert(itemID).inserted }
        var added: [(id: String, json: RawJSON)] = []
        for item in items {
            if let given = item.givenID, isNew(given) {
                added.append((given, item))
                continue
            }
            var itemID: String
            repeat {
                itemID = ItemIDs.made(for: item, at: made, of: id)
                made += 1
            } while !isNew(itemID)
            added.append((itemID, item.withID(itemID)))
        }
        try take(added.reduce(0) { $0 + Self.size($1) }, for: owner)
        entries[id]?.items += added
        entries[id]?.ids.formUnion(new)
        entries[id]?.made = made
        return added.map(\.json)
    }

    // MARK: Turns

    mutating func begin(_ turn: ResponseID, in id: ConversationID, _ owner: Owner) -> ConversationAnswer<ConversationContext> {
        guard has(id, owner), let entry = entries[id] else { return .missing }
        guard entry.turn == nil else { return .busy }
        entries[id]?.turn = turn
        return .done(ConversationContext(head: entry.head, items: entry.items[entry.headCount...].map(\.json)))
    }

    mutating func end(
        _ turn: ResponseID, in id: ConversationID, _ owner: Owner, adding items: [RawJSON], head: ResponseID?
    ) throws(StoreError) {
        guard has(id, owner), entries[id]?.turn == turn else { return }
        entries[id]?.turn = nil
        _ = try add(items, to: id)
        guard let head, let count = entries[id]?.items.count else { return }
        entries[id]?.head = head
        entries[id]?.headCount = count
    }
}
