import ResponsesAPI
import ResponsesCore
import ResponsesStore
import ThreadTools

extension ServerServices {
    /// Gives a turn its place in a conversation, with what it continues there.
    ///
    /// - Throws: when the store cannot say; the turn then has no place.
    func join(
        _ place: ConversationPlace, of owner: Owner
    ) async throws(StoreError) -> ConversationAnswer<JoinedConversation> {
        guard let conversations else { return .missing }
        guard let turn = place.turn else {
            guard let items = try await conversations.allItems(of: place.conversation, owner: owner) else { return .missing }
            return .done(try await joined(nil, items))
        }
        switch try await conversations.begin(turn, in: place.conversation, of: owner) {
        case .busy: return .busy
        case .missing: return .missing
        case .done(let context):
            let joined: JoinedConversation?
            do throws(StoreError) {
                joined = try await read(context, place.conversation, of: owner)
            } catch {
                _ = await end(place, of: owner, adding: [], head: nil)
                throw error
            }
            // It was deleted just now.
            guard let joined else { return .missing }
            return .done(joined)
        }
    }

    /// - Returns: nil when the conversation is gone.
    private func read(
        _ context: ConversationContext, _ id: ConversationID, of owner: Owner
    ) async throws(StoreError) -> JoinedConversation? {
        guard let head = context.head else { return try await joined(nil, context.items) }
        // What was compacted stands for everything before it, which a chain that goes on would still have.
        if !context.items.contains(where: { $0["type"]?.stringValue == "compaction" }), let node = try await node(head, of: owner) {
            do throws(StoreError) {
                return try await joined(node, context.items)
            } catch {
                store.release(head, of: owner)
                throw error
            }
        }
        guard let items = try await conversations?.allItems(of: id, owner: owner) else { return nil }
        return try await joined(nil, items)
    }

    private func joined(_ head: ChainNode?, _ items: [RawJSON]) async throws(StoreError) -> JoinedConversation {
        guard items.reduce(0, { $0 + $1.bytes.count }) >= limits.largeBytesMin else {
            return try JoinedConversation(head: head, items: items)
        }
        return try await BesideLoop.run {
            Result { () throws(StoreError) in try JoinedConversation(head: head, items: items) }
        }.get()
    }

    /// - Returns: with what was held for it.
    private func node(_ id: ResponseID, of owner: Owner) async throws(StoreError) -> ChainNode? {
        switch hold(id, of: owner) {
        case .gone: return nil
        case .cached(let node): return node
        case .stored: break
        }
        do throws(StoreError) {
            let node = try await StoredChain(id: id, owner: owner, isWhole: false, cache: cache, sealer: sealer).read(from: store)
            if node == nil { store.release(id, of: owner) }
            return node
        } catch {
            store.release(id, of: owner)
            throw error
        }
    }

    /// Gives a turn's place back, with what it adds. A failure leaves nothing of it behind, and the place is free all the same.
    func end(
        _ place: ConversationPlace, of owner: Owner, adding items: [RawJSON], head: ResponseID?
    ) async -> Result<Void, StoreError> {
        guard let conversations, let turn = place.turn else { return .success(()) }
        // A turn that was stopped must give back its place all the same, and a store may do nothing for a task that is cancelled.
        return await Task {
            defer { storedMemory.changed() }
            do throws(StoreError) {
                try await conversations.end(turn, in: place.conversation, of: owner, adding: items, head: head)
                return Result<Void, StoreError>.success(())
            } catch {
                return .failure(error)
            }
        }.value
    }
}
