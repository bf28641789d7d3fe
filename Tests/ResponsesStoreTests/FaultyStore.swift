import ResponsesAPI
import Synchronization

@testable import ResponsesStore

/// A store in memory with one fault, to see that the contract's test finds it.
final class FaultyStore: ResponseStore {
    enum Fault: Sendable {
        case isUnavailable
        case losesSpelling, losesEntered, losesOpenCalls
        case forgetsOwnerOfReads, forgetsOwnerOfChains, forgetsOwnerOfItems, forgetsOwnerOfLists, forgetsOwnerOfDeletes
        case reversesChains, losesTheNewest
        case returnsHeldAncestor, ignoresHeld, asksForTheNewest, needsHeldStored
        case keepsOneChild, returnsBrokenChains, keepsTheFirst, keepsOldItems, takesAnyID
        case losesIDs, makesOtherIDs, replacesGivenIDs, listsReferences
        case listsOwnInputOnly, listsOutput, ignoresOrder, endsLate
        case ignoresAfter, ignoresLimit, neverHasMore, mixesPages, losesFirstID, allowsUnknownAfter
        case ignoresBefore, goesBackFromTheStart
        case findsOutputOnly, findsMadeIDsOnly, findsByPlaceOnly
        case ignoresDeletes, deletesAgain, findsItemsOfDeleted, breaksChainsByDeleting, refusesToDeleteParents
        case losesSavesAtOnce, cutsLongChains
        case allowsTwoConversations, losesMetadata, keepsDeletedConversations, addsInFront, losesRemoval
        case neverBusy, staysBusy, forgetsWhatTurnsAdd, forgetsOwnerOfConversations, anybodyEndsTurns
        case losesHead, keepsHeadOfRemoved, hidesWhatFollowsTheHead, dropsHeadWithoutOne, movesHead, listsPartOnly
        case forgetsOwnerOfAllItems, dropsHeadWithAnyItem, keepsNoSecondHead
        case endsWithoutResponse, endsWithoutItems, keepsNothingWithoutConversation
        case forgetsRunning, keepsEndedRunning, keepsDeletedRunning, losesRunningOwners, changesRunning
        case holdsNothing, countsNoHolds
        case ignoresPagesOfEvents, repeatsEvents, isOffByOne, keepsDeletedEvents, readsAcrossGaps, forgetsOwnerOfEvents
    }

    /// What some faults need to know of what was saved.
    private struct Seen {
        var owners: [ResponseID: Owner] = [:]
        var parents: [ResponseID: ResponseID] = [:]
        var deleted: Set<ResponseID> = []
        var items: [String: (owner: Owner, item: RawJSON)] = [:]
        var lists = 0
        var saving = 0
        var conversationOwners: [ConversationID: Owner] = [:]
        var turns: [ConversationID: ResponseID] = [:]
        var heads: [ConversationID: ResponseID] = [:]
        var removals: Set<ConversationID> = []
        var running: [ResponseID: ResponseRecord] = [:]
        var events: [ResponseID: EventSlice] = [:]
        var eventOwners: [ResponseID: Owner] = [:]
    }

    let fault: Fault?
    private let inner = MemoryStore(bytesMax: 64 << 20)
    private let seen = Mutex(Seen())

    init(_ fault: Fault?) { self.fault = fault }

    private func children(of id: ResponseID) -> Bool { seen.withLock { $0.parents.values.contains(id) } }

    // MARK: Responses

    func save(_ record: ResponseRecord) async throws(StoreError) {
        if fault == .isUnavailable { throw .unavailable(reason: "a fault") }
        if fault == .losesSavesAtOnce {
            let isAlone = seen.withLock { seen in
                seen.saving += 1
                return seen.saving == 1
            }
            await Task.yield()
            await Task.yield()
            seen.withLock { $0.saving -= 1 }
            if !isAlone { return }
        }
        var record = record
        switch fault {
        case .losesSpelling: record.input = record.input.map { Self.rewritten($0) }
        case .losesEntered: record.entered = [:]
        case .losesOpenCalls: record.openCalls = []
        case .keepsTheFirst where inner.response(record.id, of: record.owner) != nil: return
        case .keepsOneChild:
            if let parent = record.parent, let other = seen.withLock({ $0.parents.first { $0.value == parent }?.key }),
                other != record.id
            {
                _ = inner.delete(other, of: record.owner)
            }
        default: break
        }
        seen.withLock { seen in
            if record.isRunning { seen.running[record.id] = record }
            if !record.isRunning, fault != .keepsEndedRunning { seen.running[record.id] = nil }
            seen.owners[record.id] = record.owner
            seen.parents[record.id] = record.parent
            for item in record.inputItems + record.output {
                if let id = item.givenID { seen.items[id] = (record.owner, item) }
            }
        }
        if fault == .takesAnyID {
            do throws(StoreError) { try inner.save(record) } catch { if error != .taken { throw error } }
        } else {
            try inner.save(record)
        }
    }

    /// Members in another spelling, as a program writes them that takes JSON apart.
    private static func rewritten(_ item: RawJSON) -> RawJSON {
        guard item.isObject else { return item }
        var json = JSONWriter()
        json.beginObject()
        item.forEachMember { key, value in
            json.key(key)
            json.value(value)
        }
        json.endObject()
        return json.raw
    }

    private func owner(_ owner: Owner, of id: ResponseID, forgotten fault: Fault) -> Owner {
        self.fault == fault ? seen.withLock { $0.owners[id] } ?? owner : owner
    }

    func response(_ id: ResponseID, of owner: Owner) async throws(StoreError) -> ResponseRecord? {
        inner.response(id, of: self.owner(owner, of: id, forgotten: .forgetsOwnerOfReads))
    }

    func chain(
        to id: ResponseID, of owner: Owner, holding isHeld: (ResponseID) -> Bool
    ) async throws(StoreError) -> [ResponseRecord]? {
        let owner = self.owner(owner, of: id, forgotten: .forgetsOwnerOfChains)
        switch fault {
        case .ignoresHeld: return inner.chain(to: id, of: owner) { _ in false }
        case .asksForTheNewest where inner.response(id, of: owner) != nil && isHeld(id): return []
        case .needsHeldStored:
            return inner.chain(to: id, of: owner) { inner.response($0, of: owner) != nil && isHeld($0) }
        case .returnsHeldAncestor:
            let found = inner.chain(to: id, of: owner, holding: isHeld)
            guard let parent = found?.first?.parent, let more = inner.response(parent, of: owner) else { return found }
            return [more] + (found ?? [])
        case .returnsBrokenChains:
            if let whole = inner.chain(to: id, of: owner, holding: isHeld) { return whole }
            let record = inner.response(id, of: owner)
            let isForeign = record?.parent.map { parent in seen.withLock { $0.owners[parent] != nil } } == true
            return isForeign ? nil : record.map { [$0] }
        case .breaksChainsByDeleting:
            let found = inner.chain(to: id, of: owner, holding: isHeld)
            return found?.contains { record in seen.withLock { $0.deleted.contains(record.id) } } == true ? nil : found
        default: break
        }
        let found = inner.chain(to: id, of: owner, holding: isHeld)
        switch fault {
        case .reversesChains: return found?.reversed()
        case .losesTheNewest: return found.map { $0.count > 2 ? $0.dropLast() : $0 }
        case .cutsLongChains: return found.map { Array($0.suffix(500)) }
        default: return found
        }
    }

    func running() async throws(StoreError) -> [ResponseRecord] {
        let running = seen.withLock { Array($0.running.values) }
        return switch fault {
        case .forgetsRunning: []
        case .losesRunningOwners: running.filter { !$0.owner.rawValue.hasPrefix("bob") }
        case .changesRunning:
            running.map { record in
                var record = record
                record.isRunning = false
                return record
            }
        default: running
        }
    }

    // MARK: Items

    func item(_ id: String, of owner: Owner) async throws(StoreError) -> RawJSON? {
        let kept = seen.withLock { $0.items[id] }
        let found = inner.item(id, of: owner)
        switch fault {
        case .forgetsOwnerOfItems: return kept?.item
        case .keepsOldItems: return found ?? (kept?.owner == owner ? kept?.item : nil)
        case .findsItemsOfDeleted:
            return found ?? (kept?.owner == owner && seen.withLock { !$0.deleted.isEmpty } ? kept?.item : nil)
        case .findsOutputOnly: return found.flatMap { $0["content"]?.stringValue == "made" ? nil : $0 }
        case .findsMadeIDsOnly: return id.hasSuffix("items") ? nil : found
        case .findsByPlaceOnly: return id.hasSuffix("_7") ? nil : found
        default: return found
        }
    }

    func inputItems(of id: ResponseID, _ page: Page, owner: Owner) async throws(StoreError) -> ItemPage? {
        let owner = self.owner(owner, of: id, forgotten: .forgetsOwnerOfLists)
        var page = page
        switch fault {
        case .ignoresOrder: page.order = .ascending
        case .ignoresAfter where page.limit == 1: page.after = nil
        case .ignoresLimit: page = Page(order: page.order, after: page.after, before: page.before, limit: 100)
        case .ignoresBefore: page.before = nil
        case .goesBackFromTheStart where page.goesBack:
            let all = try inner.inputItems(of: id, Page(order: page.order, before: page.before, limit: 100), owner: owner)
            return all.map { all in
                let items = Array(all.items.prefix(page.limit))
                return ItemPage(
                    items: items, firstID: items.first?.givenID, lastID: items.last?.givenID, hasMore: all.items.count > page.limit)
            }
        case .allowsUnknownAfter:
            do throws(StoreError) { return try inner.inputItems(of: id, page, owner: owner) } catch { return ItemPage() }
        case .listsOwnInputOnly:
            let isWhole = inner.chain(to: id, of: owner) { _ in false } != nil
            guard isWhole, let record = inner.response(id, of: owner), record.parent != nil else { break }
            return try page.select(
                from: record.input.indices, id: { record.inputItemID(at: $0) }, item: { record.inputItem(at: $0) })
        default: break
        }
        guard var found = try inner.inputItems(of: id, page, owner: owner) else { return nil }
        let record = inner.response(id, of: owner)
        switch fault {
        case .losesIDs: found.items = found.items.map { Self.without("id", $0) }
        case .makesOtherIDs:
            let number = seen.withLock { seen in
                seen.lists += 1
                return seen.lists
            }
            found.items = found.items.enumerated().map { index, item in
                item["id"]?.stringValue?.contains("_i") == true ? Self.without("id", item).withID("new_\(number)_\(index)") : item
            }
        case .replacesGivenIDs:
            found.items = found.items.enumerated().map { index, item in
                Self.without("id", item).withID(record.map { ItemIDs.made(for: item, at: index, of: $0.id) } ?? "")
            }
        case .listsReferences:
            for (index, item) in (record?.input ?? []).enumerated() where record?.entered[index] != nil {
                if found.items.indices.contains(index) { found.items[index] = item }
            }
        case .listsOutput: if let record, record.parent != nil, page.order == .ascending { found.items += record.output }
        case .endsLate: found.hasMore = true
        case .neverHasMore: found.hasMore = false
        case .mixesPages where found.items.count > 1: found.items.swapAt(0, 1)
        case .losesFirstID where found.items.count > 1: found.firstID = found.lastID
        default: break
        }
        // Only where it is looked for, as faults of pages must not be found before.
        if fault == .endsLate, page.limit != 20 { found.hasMore = found.items.count == page.limit }
        if [.mixesPages, .ignoresLimit].contains(fault), page.limit >= 20 {
            return try inner.inputItems(of: id, page, owner: owner)
        }
        return found
    }

    private static func without(_ name: String, _ item: RawJSON) -> RawJSON {
        var json = JSONWriter()
        json.beginObject()
        item.forEachMember { key, value in
            guard key != name else { return }
            json.key(key)
            json.value(value)
        }
        json.endObject()
        return json.raw
    }

    func hold(_ id: ResponseID, of owner: Owner) -> Bool { fault == .holdsNothing || inner.hold(id, of: owner) }
    func release(_ id: ResponseID, of owner: Owner) {
        inner.release(id, of: owner)
        // As if it was held once, however often it was.
        if fault == .countsNoHolds { inner.release(id, of: owner) }
    }

    func delete(_ id: ResponseID, of owner: Owner) async throws(StoreError) -> Bool {
        let owner = self.owner(owner, of: id, forgotten: .forgetsOwnerOfDeletes)
        switch fault {
        case .ignoresDeletes: return inner.response(id, of: owner) != nil
        case .refusesToDeleteParents where children(of: id) && inner.chain(to: id, of: owner) { _ in false }?.count ?? 0 < 3:
            return false
        default: break
        }
        let isDeleted = inner.delete(id, of: owner)
        if isDeleted {
            seen.withLock { seen in
                seen.deleted.insert(id)
                if fault != .keepsDeletedRunning { seen.running[id] = nil }
            }
        }
        return fault == .deletesAgain ? isDeleted || seen.withLock { $0.deleted.contains(id) } : isDeleted
    }
}

// MARK: - Conversations

extension FaultyStore: ConversationStore {
    private func owner(_ owner: Owner, of id: ConversationID) -> Owner {
        fault == .forgetsOwnerOfConversations ? seen.withLock { $0.conversationOwners[id] } ?? owner : owner
    }

    @discardableResult
    func create(_ conversation: Conversation, items: [RawJSON]) async throws(StoreError) -> [RawJSON] {
        seen.withLock { $0.conversationOwners[conversation.id] = conversation.owner }
        if fault == .allowsTwoConversations { _ = try inner.delete(conversation.id, of: conversation.owner) }
        return try inner.create(conversation, items: items)
    }

    func conversation(_ id: ConversationID, of owner: Owner) async throws(StoreError) -> Conversation? {
        inner.conversation(id, of: self.owner(owner, of: id))
    }

    func update(_ id: ConversationID, metadata: RawJSON, of owner: Owner) async throws(StoreError) -> Conversation? {
        guard fault != .losesMetadata else {
            var found = inner.conversation(id, of: owner)
            found?.metadata = metadata
            return found
        }
        return try inner.update(id, metadata: metadata, of: owner)
    }

    func delete(_ id: ConversationID, of owner: Owner) async throws(StoreError) -> Bool {
        if fault == .keepsDeletedConversations { return inner.conversation(id, of: owner) != nil }
        return try inner.delete(id, of: owner)
    }

    func append(
        _ items: [RawJSON], to id: ConversationID, of owner: Owner
    ) async throws(StoreError) -> ConversationAnswer<[RawJSON]> {
        let answer = try inner.append(fault == .addsInFront ? items.reversed() : items, to: id, of: owner)
        guard fault == .neverBusy, answer == .busy else { return answer }
        return .done([])
    }

    func items(of id: ConversationID, _ page: Page, owner: Owner) async throws(StoreError) -> ItemPage? {
        try inner.items(of: id, page, owner: owner)
    }

    func item(_ itemID: String, in id: ConversationID, of owner: Owner) async throws(StoreError) -> RawJSON? {
        inner.item(itemID, in: id, of: owner)
    }

    func remove(
        _ itemID: String, from id: ConversationID, of owner: Owner
    ) async throws(StoreError) -> ConversationAnswer<Conversation> {
        if fault == .losesRemoval, let conversation = inner.conversation(id, of: owner) { return .done(conversation) }
        seen.withLock { _ = $0.removals.insert(id) }
        return try inner.remove(itemID, from: id, of: owner)
    }

    func allItems(of id: ConversationID, owner: Owner) async throws(StoreError) -> [RawJSON]? {
        let owner = fault == .forgetsOwnerOfAllItems ? seen.withLock { $0.conversationOwners[id] } ?? owner : owner
        let items = inner.allItems(of: id, owner: owner)
        return fault == .listsPartOnly ? items.map { Array($0.dropFirst()) } : items
    }

    func begin(
        _ turn: ResponseID, in id: ConversationID, of owner: Owner
    ) async throws(StoreError) -> ConversationAnswer<ConversationContext> {
        let answer = try inner.begin(turn, in: id, of: owner)
        guard case .done(let context) = answer else { return answer }
        let (head, hasRemovals) = seen.withLock { seen in
            seen.turns[id] = turn
            return (seen.heads[id], seen.removals.contains(id))
        }
        let withoutHead = ConversationContext(items: inner.allItems(of: id, owner: owner) ?? [])
        switch fault {
        case .losesHead: return .done(withoutHead)
        case .keepsHeadOfRemoved where context.head == nil && head != nil:
            return .done(ConversationContext(head: head, items: []))
        case .hidesWhatFollowsTheHead where context.head != nil:
            return .done(ConversationContext(head: context.head, items: []))
        case .dropsHeadWithoutOne where head == nil: return .done(withoutHead)
        case .dropsHeadWithAnyItem where hasRemovals: return .done(withoutHead)
        default: return answer
        }
    }

    func end(
        _ turn: ResponseID, in id: ConversationID, of owner: Owner, adding items: [RawJSON], head: ResponseID?
    ) async throws(StoreError) {
        var head = head
        let before = seen.withLock { seen in
            let before = seen.heads[id]
            if head != nil || fault == .dropsHeadWithoutOne { seen.heads[id] = head }
            return before
        }
        switch fault {
        case .movesHead: head = head ?? before
        case .keepsNoSecondHead where seen.withLock({ $0.removals.contains(id) }): head = nil
        default: break
        }
        switch fault {
        case .staysBusy: return
        case .anybodyEndsTurns:
            try inner.end(turn, in: id, of: seen.withLock { $0.conversationOwners[id] } ?? owner, adding: items, head: head)
        case .forgetsWhatTurnsAdd: try inner.end(turn, in: id, of: owner, adding: [], head: head)
        default: try inner.end(turn, in: id, of: owner, adding: items, head: head)
        }
    }

    func end(
        _ id: ConversationID, storing record: ResponseRecord, adding items: [RawJSON], head: ResponseID?
    ) async throws(StoreError) {
        if fault == .keepsNothingWithoutConversation, inner.conversation(id, of: record.owner) == nil { return }
        if fault != .endsWithoutResponse { try await save(record) }
        try await end(record.id, in: id, of: record.owner, adding: fault == .endsWithoutItems ? [] : items, head: head)
    }
}

// MARK: - Events

extension FaultyStore: EventLog {
    func append(_ events: EventSlice, of id: ResponseID, owner: Owner) async throws(StoreError) {
        switch fault {
        case .repeatsEvents, .readsAcrossGaps:
            let isFirst = seen.withLock { $0.events[id] == nil }
            let isKnown = seen.withLock { $0.events[id].map { $0.end > events.first } ?? false }
            if isFirst || (fault == .readsAcrossGaps && isKnown) { break }
            // As if they followed.
            let end = seen.withLock { $0.events[id]?.end ?? 0 }
            let moved = EventSlice(first: end, events: events.events)
            seen.withLock { $0.events[id]?.events += events.events }
            return try inner.append(moved, of: id, owner: owner)
        case .forgetsOwnerOfEvents:
            let first = seen.withLock { seen in
                seen.eventOwners[id] = seen.eventOwners[id] ?? owner
                return seen.eventOwners[id] ?? owner
            }
            return try inner.append(events, of: id, owner: first)
        default: break
        }
        seen.withLock { seen in
            let known = seen.events[id] ?? EventSlice(first: events.first, events: [])
            let new = events.events.dropFirst(max(known.end - events.first, 0))
            seen.events[id] = EventSlice(first: known.first, events: known.events + new)
        }
        try inner.append(events, of: id, owner: owner)
    }

    func events(of id: ResponseID, after number: Int, atMost bytes: Int, owner: Owner) async throws(StoreError) -> EventSlice? {
        let number = fault == .isOffByOne ? max(number, 0) - 1 : number
        return inner.events(of: id, after: number, atMost: fault == .ignoresPagesOfEvents ? .max : bytes, owner: owner)
    }

    func deleteEvents(of id: ResponseID, owner: Owner) async throws(StoreError) -> Bool {
        if fault == .keepsDeletedEvents { return inner.events(of: id, after: .max, atMost: 1, owner: owner) != nil }
        return inner.deleteEvents(of: id, owner: owner)
    }
}
