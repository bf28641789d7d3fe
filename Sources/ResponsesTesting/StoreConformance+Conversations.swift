import ResponsesAPI
import ResponsesStore

/// The checks of `ConversationStore`.
extension StoreConformance {
    private static var noStore: String { "no store of conversations was given" }

    private func conversation(_ name: String) -> Conversation {
        Conversation(
            id: conversationID(name), owner: alice, createdAt: 1_700_000_000, metadata: #"{"z":"1","a":"\u0041"}"#)
    }

    func checkConversations() async throws -> String? {
        guard let store = conversations else { return Self.noStore }
        var saved = conversation("a")
        _ = try await store.create(saved, items: [])
        try require(
            try await store.conversation(saved.id, of: alice) == saved, "A conversation does not come back as it was made.")
        let error = try await requireError("A conversation is made under an id that is in use.") {
            [saved] () async throws(StoreError) in try await store.create(saved, items: [])
        }
        try require(error == .taken, "Making a conversation under an id that is in use throws \(error).")
        saved.metadata = #"{"b":"2"}"#
        try require(
            try await store.update(saved.id, metadata: saved.metadata, of: alice) == saved,
            "New metadata does not replace the old, or changes more.")
        try require(try await store.conversation(saved.id, of: alice) == saved, "New metadata does not stay.")
        let nothing = conversationID("nothing")
        try require(try await store.conversation(nothing, of: alice) == nil, "An unknown conversation is there.")
        try require(
            try await store.update(nothing, metadata: .emptyObject, of: alice) == nil, "An unknown conversation has metadata.")
        try require(try await !store.delete(nothing, of: alice), "An unknown conversation can be deleted.")
        try require(try await store.delete(saved.id, of: alice), "A conversation cannot be deleted.")
        try require(try await store.conversation(saved.id, of: alice) == nil, "A deleted conversation is there.")
        try require(try await store.items(of: saved.id, Page(), owner: alice) == nil, "A deleted conversation has items.")
        return nil
    }

    func checkConversationItems() async throws -> String? {
        guard let store = conversations else { return Self.noStore }
        let id = conversation("items").id
        let given = message("given", id: clientID("in-conversation"))
        var all = try await store.create(conversation("items"), items: [message("0"), given])
        try require(all.count == 2 && all[1] == given, "An item with an id is changed when a conversation is made with it.")
        let added = try await store.append([message("2"), given, message("4", id: "")], to: id, of: alice)
        guard case .done(let added) = added else { throw Violation(sentence: "Nothing can be put into a conversation.") }
        all += added
        let ids = all.map { $0["id"]?.stringValue ?? "" }
        try require(!ids.contains(""), "An item of a conversation has no id.")
        try require(Set(ids).count == 5, "Two items of a conversation have one id, or some are missing.")
        let texts = all.map { $0["content"]?.stringValue ?? "" }
        try require(texts == ["0", "given", "2", "given", "4"], "Items of a conversation are not in their order.")
        try await checkPages(ids) { (page) throws(StoreError) in try await store.items(of: id, page, owner: alice) }
        for (itemID, item) in zip(ids, all) {
            try require(
                try await store.item(itemID, in: id, of: alice) == item, "An item of a conversation is not found by its id.")
        }
        try require(
            try await store.remove(ids[2], from: id, of: alice) == .done(conversation("items")),
            "An item cannot be taken out of a conversation.")
        try require(
            try await store.item(ids[2], in: id, of: alice) == nil, "An item is there that was taken out of a conversation.")
        try require(
            try await store.remove(ids[2], from: id, of: alice) == .missing, "An item can be taken out of a conversation twice.")
        guard case .done(let again) = try await store.append([message("5")], to: id, of: alice) else {
            throw Violation(sentence: "Nothing can be put into a conversation out of which an item was taken.")
        }
        let new = again.first?["id"]?.stringValue ?? ""
        try require(!ids.contains(new), "An item of a conversation gets an id that another item has or had.")
        try await checkPages(ids[..<2] + ids[3...] + [new]) { (page) throws(StoreError) in
            try await store.items(of: id, page, owner: alice)
        }
        try require(
            try await store.append([message("x")], to: conversationID("nothing"), of: alice) == .missing,
            "Something can be put into an unknown conversation.")
        return nil
    }

    func checkConversationTurns() async throws -> String? {
        guard let store = conversations else { return Self.noStore }
        let id = conversation("turns").id
        let first = try await store.create(conversation("turns"), items: [message("0")])
        let one = self.id("turn1")
        let two = self.id("turn2")
        try require(
            try await store.begin(one, in: id, of: alice) == .done(ConversationContext(items: first)),
            "A turn does not begin with a conversation's items.")
        try require(try await store.begin(two, in: id, of: alice) == .busy, "Two turns run in one conversation.")
        try require(
            try await store.append([message("x")], to: id, of: alice) == .busy,
            "Something is put into a conversation while a turn runs in it.")
        let itemID = first[0]["id"]?.stringValue ?? ""
        try require(
            try await store.remove(itemID, from: id, of: alice) == .busy,
            "Something is taken out of a conversation while a turn runs in it.")
        try await store.end(two, in: id, of: alice, adding: [message("x")], head: nil)
        try require(
            try await store.begin(two, in: id, of: alice) == .busy, "A turn ends by the end of another that did not begin.")
        let answer = message("1", id: outputID("msg", "turn1", 0))
        try await store.end(one, in: id, of: alice, adding: [answer], head: nil)
        try require(
            try await store.begin(two, in: id, of: alice) == .done(ConversationContext(items: first + [answer])),
            "The next turn does not begin with what the last one added.")
        try await store.end(two, in: id, of: alice, adding: [], head: nil)
        try await store.end(one, in: id, of: alice, adding: [message("x")], head: nil)
        let items = try await store.items(of: id, Page(order: .ascending), owner: alice)?.items
        try require(items == first + [answer], "A turn that had ended, or failed, added items.")
        try require(
            try await store.begin(one, in: conversationID("nothing"), of: alice) == .missing,
            "A turn begins in an unknown conversation.")
        return nil
    }

    func checkConversationHeads() async throws -> String? {
        guard let store = conversations else { return Self.noStore }
        let id = conversation("heads").id
        var all = try await store.create(conversation("heads"), items: [message("0")])
        func answer(_ name: String) -> RawJSON { message(name, id: outputID("msg", name, 0)) }

        /// A turn that begins with this, and adds an item.
        func turn(_ name: String, beginsWith context: ConversationContext, head: Bool, _ sentence: String) async throws {
            try require(try await store.begin(self.id(name), in: id, of: alice) == .done(context), sentence)
            try await store.end(self.id(name), in: id, of: alice, adding: [answer(name)], head: head ? self.id(name) : nil)
            all.append(answer(name))
        }
        try await turn(
            "head1", beginsWith: ConversationContext(items: all), head: true, "A conversation without a head begins with one.")
        try await turn(
            "head2", beginsWith: ConversationContext(head: self.id("head1"), items: []), head: true,
            "A turn does not begin with the head that the last one gave, and nothing behind it.")
        guard case .done(let added) = try await store.append([message("a")], to: id, of: alice) else {
            throw Violation(sentence: "Nothing can be put into a conversation with a head.")
        }
        all += added
        try await turn(
            "head3", beginsWith: ConversationContext(head: self.id("head2"), items: added), head: false,
            "A turn does not begin with the head and what was put behind it.")
        try await turn(
            "head4", beginsWith: ConversationContext(head: self.id("head2"), items: added + [answer("head3")]), head: false,
            "A turn without a head changes the one that is there, or what is behind it.")
        try require(
            try await store.allItems(of: id, owner: alice) == all, "All items of a conversation are not all, or in another order.")
        try require(
            try await store.allItems(of: id, owner: bob) == nil, "Another owner can read all items of a conversation.")
        // What is behind the head is not part of its chain.
        let last = all.removeLast()["id"]?.stringValue ?? ""
        _ = try await store.remove(last, from: id, of: alice)
        try await turn(
            "head5", beginsWith: ConversationContext(head: self.id("head2"), items: added + [answer("head3")]), head: false,
            "Taking out an item behind the head changes the head.")
        let first = all.removeFirst()["id"]?.stringValue ?? ""
        _ = try await store.remove(first, from: id, of: alice)
        try await turn(
            "head6", beginsWith: ConversationContext(items: all), head: true,
            "A turn begins with a head whose chain has an item that was taken out.")
        try await turn(
            "head7", beginsWith: ConversationContext(head: self.id("head6"), items: []), head: true,
            "A conversation that lost its head gets no new one.")
        return try await checkEndWithResponse(store, id, head: self.id("head7"))
    }

    /// A turn's response and what it adds are stored by one call, and without a conversation the response alone.
    private func checkEndWithResponse(_ conversations: any ConversationStore, _ id: ConversationID, head: ResponseID) async throws -> String? {
        let saved = record("head8")
        try require(
            try await conversations.begin(saved.id, in: id, of: alice) == .done(ConversationContext(head: head, items: [])),
            "A turn does not begin with the head that the last one gave.")
        try await conversations.end(id, storing: saved, adding: saved.output, head: saved.id)
        try require(
            try await conversations.begin(self.id("head9"), in: id, of: alice) == .done(ConversationContext(head: saved.id, items: [])),
            "A turn that ends with its response is not the head, or does not end.")
        try require(
            try await conversations.allItems(of: id, owner: alice)?.suffix(saved.output.count) == saved.output[...],
            "A turn that ends with its response adds no items.")
        try require(try await store.response(saved.id, of: alice) != nil, "A response is not there that was stored with the end of its turn.")
        let alone = record("head10")
        try await conversations.end(conversationID("nothing"), storing: alone, adding: alone.output, head: alone.id)
        try require(
            try await store.response(alone.id, of: alice) != nil, "A response is not stored whose conversation is gone.")
        return nil
    }

    func checkConversationOwners() async throws -> String? {
        guard let store = conversations else { return Self.noStore }
        let id = conversation("owned").id
        let items = try await store.create(conversation("owned"), items: [message("0")])
        let itemID = items[0]["id"]?.stringValue ?? ""
        let sentence = "Another owner can use a conversation."
        for other in [bob, .anybody] {
            try require(try await store.conversation(id, of: other) == nil, sentence)
            try require(try await store.update(id, metadata: .emptyObject, of: other) == nil, sentence)
            try require(try await store.append([message("x")], to: id, of: other) == .missing, sentence)
            try require(try await store.items(of: id, Page(), owner: other) == nil, sentence)
            try require(try await store.item(itemID, in: id, of: other) == nil, sentence)
            try require(try await store.remove(itemID, from: id, of: other) == .missing, sentence)
            try require(try await store.begin(self.id("x"), in: id, of: other) == .missing, sentence)
            try require(try await !store.delete(id, of: other), sentence)
        }
        try require(
            try await store.begin(self.id("owner"), in: id, of: alice) == .done(ConversationContext(items: items)),
            "Another owner's attempts change a conversation.")
        try await store.end(self.id("owner"), in: id, of: bob, adding: [], head: nil)
        try require(
            try await store.begin(self.id("owner2"), in: id, of: alice) == .busy, "Another owner can end a turn.")
        return nil
    }
}
