import ResponsesAPI
import ResponsesStore

/// The checks of `ResponseStore`, in the order in which they run. Each returns nil, or why it could not be made.
extension StoreConformance {
    func checkReadBack() async throws -> String? {
        let plain = record("read")
        var full = record("readfull", parent: "read")
        // What a store that takes values apart would change: order, spelling, spaces, numbers, and members of unknown names.
        full.object = #"{"z":1,"id":"x","output":[],"a":{"b":[1.50,1e2,-0]},"tools":[],"text":"\u00e9\/ü😀"}"#
        full.tools = #"[{"type":"function","name":"f","parameters":{"z":1,"a":2}}, null]"#
        full.input = [
            #"{"role":"user","content":"\u0041"}"#, #"{ "type" : "item_reference" , "id":"msg_1" }"#, #""text""#,
            #"{"type":"reasoning","summary":[],"encrypted_content":"sealed","id":"rs_1"}"#,
        ]
        full.entered = [1: #"{"id":"msg_1","type":"message","role":"assistant","content":[]}"#]
        full.output = [#"{"id":"fc_1","type":"function_call","arguments":"{\"a\":1}"}"#, "{}"]
        full.openCalls = [
            OpenCall(callID: "call_1", mustBeAnswered: true), OpenCall(callID: "call_ü", mustBeAnswered: false),
        ]
        for saved in [plain, full] {
            try await store.save(saved)
            let found = try await store.response(saved.id, of: alice)
            try requireSame(try require(found, "A saved response is not there."), saved, "A saved response")
        }
        let chain = try await store.chain(to: full.id, of: alice) { _ in false }
        let found = try require(chain, "The chain of a saved response is not there.")
        for saved in [plain, full] {
            let found = found.first { $0.id == saved.id }
            try requireSame(try require(found, "A response is not in its chain."), saved, "A response of a chain")
        }
        try require(try await store.response(id("never"), of: alice) == nil, "A response that was never saved is there.")
        return nil
    }

    func checkOwners() async throws -> String? {
        var saved = record("owned")
        saved.input = [message("mine", id: clientID("owned"))]
        try await store.save(saved)
        for other in [bob, .anybody] {
            try require(
                try await store.response(saved.id, of: other) == nil, "Another owner can read a response.")
            try require(
                try await store.chain(to: saved.id, of: other) { _ in false } == nil,
                "Another owner can continue a response.")
            try require(
                try await store.chain(to: saved.id, of: other) { _ in true } == nil,
                "Another owner who holds ancestors can continue a response.")
            try require(
                try await store.inputItems(of: saved.id, Page(), owner: other) == nil,
                "Another owner can list a response's input.")
            for item in [clientID("owned"), outputID("msg", "owned", 0)] {
                try require(try await store.item(item, of: other) == nil, "Another owner can read an item by its id.")
            }
            try require(try await !store.delete(saved.id, of: other), "Another owner can delete a response.")
        }
        try require(
            try await store.response(saved.id, of: alice) != nil, "A response is gone after another owner's attempt to delete it.")
        // A parent of another owner is as good as none.
        try await store.save(record("ownedchild", parent: "owned", owner: bob))
        try require(
            try await store.chain(to: id("ownedchild"), of: bob) { _ in false } == nil,
            "A chain goes on through another owner's response.")
        try require(
            try await store.inputItems(of: id("ownedchild"), Page(), owner: bob) == nil,
            "A list of input goes on through another owner's response.")
        return nil
    }

    func checkChain() async throws -> String? {
        let names = (0..<5).map { "chain\($0)" }
        try await saveChain(names)
        for end in 1...names.count {
            try requireChain(
                try await store.chain(to: id(names[end - 1]), of: alice) { _ in false }, Array(names[..<end]),
                "A chain")
        }
        return nil
    }

    func checkHeldAncestors() async throws -> String? {
        let names = (0..<5).map { "held\($0)" }
        try await saveChain(names)
        let last = id(names[4])
        for held in 0..<4 {
            // Also when older ones are held as well: the newest counts.
            for older in [[], Array(names[..<held])] {
                let ids = Set((older + [names[held]]).map { id($0) })
                try requireChain(
                    try await store.chain(to: last, of: alice) { ids.contains($0) }, Array(names[(held + 1)...]),
                    "The part of a chain behind a held ancestor")
            }
        }
        var asked: [ResponseID] = []
        _ = try await store.chain(to: last, of: alice) { id in
            asked.append(id)
            return id == self.id(names[2])
        }
        try require(
            asked == [id(names[3]), id(names[2])],
            "The caller is not asked for the ancestors of a response, newest first, up to the first that it holds.")
        // What is held need not be stored.
        try await store.save(record("heldonly", parent: "heldgone"))
        try requireChain(
            try await store.chain(to: id("heldonly"), of: alice) { $0 == self.id("heldgone") }, ["heldonly"],
            "A response whose parent is held and not stored")
        return nil
    }

    func checkForks() async throws -> String? {
        try await saveChain(["fork0", "fork1", "fork2"])
        try await store.save(record("fork3", parent: "fork1"))
        try await store.save(record("fork4", parent: "fork3"))
        try await store.save(record("fork5", parent: "fork0"))
        for (end, names) in [
            ("fork2", ["fork0", "fork1", "fork2"]), ("fork4", ["fork0", "fork1", "fork3", "fork4"]),
            ("fork5", ["fork0", "fork5"]),
        ] {
            try requireChain(
                try await store.chain(to: id(end), of: alice) { _ in false }, names, "One of several chains with a common past")
        }
        return nil
    }

    func checkMissingAncestors() async throws -> String? {
        try await store.save(record("orphan0", parent: "orphangone"))
        try await store.save(record("orphan1", parent: "orphan0"))
        for name in ["orphan0", "orphan1"] {
            try require(
                try await store.response(id(name), of: alice) != nil,
                "A response without its ancestors cannot be read.")
            try require(
                try await store.chain(to: id(name), of: alice) { _ in false } == nil,
                "A chain is there without its oldest response.")
            try require(
                try await store.inputItems(of: id(name), Page(), owner: alice) == nil,
                "Input is listed without that of the chain's oldest response.")
        }
        try require(
            try await store.chain(to: id("orphangone"), of: alice) { _ in true } == nil,
            "The chain of an unknown response is there.")
        return nil
    }

    func checkSavedTwice() async throws -> String? {
        try await saveChain(["twice0", "twice1", "twice2"])
        var again = record("twice1", parent: "twice0")
        again.object = #"{"status":"completed","output":[],"tools":[]}"#
        again.input = [message("new", id: clientID("twice"))]
        again.output = []
        try await store.save(again)
        let found = try await store.response(again.id, of: alice)
        try requireSame(try require(found, "A response saved twice is not there."), again, "A response saved twice")
        let chain = try await store.chain(to: id("twice2"), of: alice) { _ in false }
        try requireChain(chain, ["twice0", "twice1", "twice2"], "The chain of a response saved twice")
        try requireSame(
            try require(chain?[1], "A response saved twice is not in its chain."), again, "A response saved twice, in its chain,")
        try require(
            try await store.item(outputID("msg", "twice1", 0), of: alice) == nil,
            "An item is found that was gone when its response was saved again.")
        try require(
            try await store.item(clientID("twice"), of: alice) == again.input[0],
            "An item is not found that came when its response was saved again.")
        return nil
    }

    func checkTakenIDs() async throws -> String? {
        try await saveChain(["taken0", "taken1"])
        let saved = record("taken1", parent: "taken0")
        for (other, sentence) in [
            (record("taken1", parent: "taken0", owner: bob), "A response was replaced by another owner's."),
            (record("taken1"), "A response was replaced by one with another parent."),
        ] {
            let error = try await requireError(sentence) { () async throws(StoreError) in try await store.save(other) }
            try require(error == .taken, "A save under a taken id throws \(error).")
            let found = try await store.response(saved.id, of: alice)
            try requireSame(
                try require(found, "A response is gone after a save under its id was refused."), saved,
                "A response under whose id another save was refused")
            try require(
                try await store.response(saved.id, of: bob) == nil, "A save that was refused can be read.")
        }
        return nil
    }

    // MARK: Items

    func checkInputItemIDs() async throws -> String? {
        let types = [
            "message", "reasoning", "function_call", "function_call_output", "custom_tool_call", "compaction", "acme:thing",
        ]
        var saved = record("ids")
        saved.input = types.map { type in
            var json = JSONWriter()
            json.beginObject()
            json.key("type")
            json.value(type)
            json.key("x")
            json.value(type)
            json.endObject()
            return json.raw
        }
        saved.input += [message("given", id: clientID("given")), #"{"role":"user","content":"short","id":null}"#]
        saved.input.append(#"{"type":"item_reference","id":"msg_elsewhere_0"}"#)
        saved.entered = [saved.input.count - 1: #"{"id":"msg_elsewhere_0","type":"message"}"#]
        try await store.save(saved)
        let page = Page(order: .ascending, limit: 100)
        let found = try require(try await store.inputItems(of: saved.id, page, owner: alice), "Input is not there.")
        try require(found.items.count == saved.input.count, "Input lists \(found.items.count) items of \(saved.input.count).")
        let ids = found.items.map { $0["id"]?.stringValue ?? "" }
        try require(!ids.contains(""), "An item of the input is listed without an id.")
        try require(Set(ids).count == ids.count, "Two items of the input have the same id.")
        try require(ids[types.count] == clientID("given"), "An item of the input is listed under another id than its client's.")
        try require(
            found.items == saved.inputItems,
            "Items of the input are not as `inputItems` of the record makes them: only an id is added, by its rule.")
        let again = try await store.inputItems(of: saved.id, page, owner: alice)
        try require(again == found, "Input that is listed twice is not the same.")
        return nil
    }

    func checkInputItems() async throws -> String? {
        var names: [String] = []
        var expected: [String] = []
        for number in 0..<3 {
            var saved = record("input\(number)", parent: names.last)
            saved.input = (0..<number).map { message("\(number).\($0)", id: clientID("input\(number).\($0)")) }
            try await store.save(saved)
            names.append("input\(number)")
            expected += (0..<number).map { clientID("input\(number).\($0)") }
        }
        let ascending = try await list(id("input2"), Page(order: .ascending))
        try require(
            ascending == expected, "The input of a response is not its own behind that of the chain before it, without output.")
        let descending = try await list(id("input2"), Page())
        try require(descending == expected.reversed(), "The input of a response, newest first, is not in this order.")
        let empty = try await store.inputItems(of: id("input0"), Page(), owner: alice)
        try require(
            empty == ItemPage(), "An empty list has items, ids of a first or last one, or more to come, or is not there.")
        try require(
            try await store.inputItems(of: id("inputgone"), Page(), owner: alice) == nil,
            "The input of an unknown response is there.")
        return nil
    }

    /// The ids of a page of a response's input.
    private func list(_ id: ResponseID, _ page: Page) async throws -> [String] {
        let found = try require(try await store.inputItems(of: id, page, owner: alice), "The input of a response is not there.")
        return found.items.map { $0["id"]?.stringValue ?? "" }
    }

    func checkPages() async throws -> String? {
        var all: [String] = []
        for number in 0..<3 {
            var saved = record("page\(number)", parent: number == 0 ? nil : "page\(number - 1)")
            saved.input = (0..<4).map { index in
                // Some with ids and some without.
                message("\(number).\(index)", id: index % 2 == 0 ? clientID("page\(number).\(index)") : nil)
            }
            try await store.save(saved)
            all += saved.input.indices.map { saved.inputItemID(at: $0) }
        }
        try await checkPages(all) { (page) throws(StoreError) in try await store.inputItems(of: id("page2"), page, owner: alice) }
        return nil
    }

    /// Requires that a list of these ids, oldest first, is read in pages of every size and both orders.
    func checkPages(_ all: [String], _ read: (Page) async throws(StoreError) -> ItemPage?) async throws {
        for order in [Page.Order.ascending, .descending] {
            let expected = order == .ascending ? all : all.reversed()
            for limit in [1, 2, all.count - 1, all.count, 100] {
                var found: [String] = []
                var hasMore = true
                while hasMore {
                    try require(found.count < all.count, "Pages go on behind the end of the list.")
                    let page = try require(
                        try await read(Page(order: order, after: found.last, limit: limit)), "A page is not there.")
                    let ids = page.items.map { $0["id"]?.stringValue ?? "" }
                    try require(
                        ids == Array(expected.dropFirst(found.count).prefix(limit)),
                        "A page of \(limit) behind item \(found.count) of \(all.count) is not these items in this order.")
                    try require(
                        page.firstID == ids.first && page.lastID == ids.last,
                        "A page's first or last id is not that of its first or last item.")
                    found += ids
                    hasMore = page.hasMore
                    try require(hasMore == (found.count < all.count), "A page says wrongly whether more follows.")
                }
            }
            let end = try await read(Page(order: order, after: expected.last))
            try require(end == ItemPage(), "Behind the last item something follows.")
            try await checkPagesBack(expected, order, read)
        }
        let error = try await requireError("A page begins after an item that is not in the list.") {
            () async throws(StoreError) in try await read(Page(after: clientID("nowhere")))
        }
        try require(error == .unknownItem, "A page after an item that is not in the list throws \(error).")
        let back = try await requireError("A page ends before an item that is not in the list.") {
            () async throws(StoreError) in try await read(Page(before: clientID("nowhere")))
        }
        try require(back == .unknownItem, "A page before an item that is not in the list throws \(back).")
    }

    /// Requires that a list is read back from its end in pages of every size, and that a page ends where it is to end.
    ///
    /// - Parameter expected: the ids, in the page's order.
    private func checkPagesBack(
        _ expected: [String], _ order: Page.Order, _ read: (Page) async throws(StoreError) -> ItemPage?
    ) async throws {
        for limit in [1, 2, expected.count - 1, 100] {
            var left = expected.dropLast()
            var before = expected.last
            var hasMore = true
            while hasMore {
                try require(!left.isEmpty, "Pages go on before the beginning of the list.")
                let page = try require(
                    try await read(Page(order: order, before: before, limit: limit)), "A page is not there.")
                let ids = page.items.map { $0["id"]?.stringValue ?? "" }
                try require(ids == Array(left.suffix(limit)), "A page of \(limit) is not what stands directly before an item.")
                try require(
                    page.firstID == ids.first && page.lastID == ids.last,
                    "A page's first or last id is not that of its first or last item.")
                left = left.dropLast(limit)
                before = ids.first
                hasMore = page.hasMore
                try require(hasMore == !left.isEmpty, "A page before an item says wrongly whether there is more.")
            }
        }
        let start = try await read(Page(order: order, before: expected.first))
        try require(start == ItemPage(), "Before the first item something stands.")
        let ends = Page(order: order, after: expected.first, before: expected.last, limit: 1)
        let between = try await read(ends)
        try require(
            between?.firstID == expected[1] && between?.items.count == 1 && between?.hasMore == true,
            "A page between two items does not begin behind the first of them, or says wrongly whether more follows.")
        let crossed = try await read(Page(order: order, after: expected.last, before: expected.first))
        try require(crossed == ItemPage(), "Something stands between an item and one before it.")
    }

    func checkItemsByID() async throws -> String? {
        var saved = record("items")
        saved.input = [
            message("given", id: clientID("items")), message("made"),
            #"{"type":"reasoning","summary":[],"encrypted_content":"sealed"}"#,
        ]
        // Ids by this server's rule and others; one that looks like another's place.
        saved.output = [
            message("0", id: outputID("msg", "items", 0)), message("1", id: outputID("fc", "items", 1)),
            message("2", id: clientID("items.2")), message("3", id: outputID("msg", "items", 7)),
        ]
        saved.input.append(RawJSON(validated: Array(#"{"type":"item_reference","id":"\#(clientID("reference"))"}"#.utf8)))
        saved.entered = [3: message("referred to", id: clientID("reference"))]
        try await store.save(saved)
        let all = zip(saved.input.indices.map { saved.inputItemID(at: $0) }, saved.inputItems)
            + saved.output.map { ($0["id"]?.stringValue ?? "", $0) }
        for (itemID, item) in all {
            let found = try await store.item(itemID, of: alice)
            try require(found != nil, "A stored item is not found by its id.")
            try require(found == item, "Another item, or a changed one, is found by an id.")
        }
        for unknown in [clientID("nothing"), outputID("msg", "items", 4), outputID("msg", "nothing", 0), "", "_", "a_b_0"] {
            try require(try await store.item(unknown, of: alice) == nil, "An item is found by an id that nothing has.")
        }
        return nil
    }

    // MARK: Deletion

    func checkDeletion() async throws -> String? {
        var saved = record("gone1", parent: "gone0")
        saved.input = [message("gone", id: clientID("gone"))]
        try await store.save(record("gone0"))
        try await store.save(saved)
        try require(try await store.delete(saved.id, of: alice), "Deleting a stored response finds none.")
        try await requireGone(saved, clientID("gone"))
        try require(try await !store.delete(saved.id, of: alice), "A response can be deleted twice.")
        try requireChain(
            try await store.chain(to: id("gone0"), of: alice) { _ in false }, ["gone0"], "The chain before a deleted response")
        try require(try await !store.delete(id("nothing"), of: alice), "An unknown response can be deleted.")
        return nil
    }

    private func requireGone(_ saved: ResponseRecord, _ given: String) async throws {
        try require(try await store.response(saved.id, of: alice) == nil, "A deleted response can be read.")
        for isHeld in [false, true] {
            try require(
                try await store.chain(to: saved.id, of: alice) { _ in isHeld } == nil, "A deleted response can be continued.")
        }
        try require(
            try await store.inputItems(of: saved.id, Page(), owner: alice) == nil, "The input of a deleted response is listed.")
        let output = saved.output.first?["id"]?.stringValue ?? ""
        for item in [given, output] {
            try require(try await store.item(item, of: alice) == nil, "An item of a deleted response is found by its id.")
        }
    }

    func checkDeletionWithChildren() async throws -> String? {
        let names = (0..<4).map { "parent\($0)" }
        try await saveChain([names[0]])
        var saved = record(names[1], parent: names[0])
        saved.input = [message("in a chain", id: clientID("parent"))]
        try await store.save(saved)
        try await store.save(record(names[2], parent: names[1]))
        try await store.save(record(names[3], parent: names[2]))
        for name in names[..<2] {
            try require(try await store.delete(id(name), of: alice), "A response that others continue cannot be deleted.")
        }
        try await requireGone(saved, clientID("parent"))
        let chain = try await store.chain(to: id(names[3]), of: alice) { _ in false }
        try requireChain(chain, names, "The chain of a response that continues a deleted one")
        try requireSame(
            try require(chain?[1], "A deleted response is not in a chain that continues it."), saved,
            "A deleted response, in a chain that continues it,")
        let items = try await list(id(names[3]), Page(order: .ascending))
        try require(
            items.count == 4 && items[1] == clientID("parent"),
            "The input of a response that continues a deleted one is not whole.")
        for name in names[2...].reversed() {
            try require(
                try await store.delete(id(name), of: alice), "A response that continues a deleted one cannot be deleted.")
        }
        for name in names {
            try require(
                try await store.chain(to: id(name), of: alice) { _ in false } == nil,
                "A deleted chain can be continued.")
        }
        return nil
    }

    /// What a turn continues from memory is there when the turn is stored, whatever became of it meanwhile.
    func checkHolds() async throws -> String? {
        try await saveChain(["going0", "going1"])
        let held = id("going1")
        try require(store.hold(held, of: alice) && store.hold(held, of: alice), "A stored response cannot be held.")
        try require(try await store.delete(held, of: alice), "A response that is held cannot be deleted.")
        try require(try await store.response(held, of: alice) == nil, "A deleted response that is held can be read.")
        store.release(held, of: alice)
        try await store.save(record("going2", parent: "going1"))
        store.release(held, of: alice)
        try requireChain(
            try await store.chain(to: id("going2"), of: alice) { _ in false }, ["going0", "going1", "going2"],
            "The chain of a response whose parent was deleted while its turn ran")
        return nil
    }

    // MARK: Many

    func checkManyAtOnce() async throws -> String? {
        try await store.save(record("many"))
        let savers = options.savers
        let saves = options.savesPerSaver
        try await withThrowingTaskGroup(of: Void.self) { group in
            for saver in 0..<savers {
                group.addTask {
                    var parent = "many"
                    for number in 0..<saves {
                        let name = "many\(saver).\(number)"
                        try await store.save(record(name, parent: parent))
                        let chain = try await store.chain(to: id(name), of: alice) { [parent] in $0 == id(parent) }
                        try requireChain(chain, [name], "A response that was saved while others were,")
                        parent = name
                    }
                }
            }
            try await group.waitForAll()
        }
        for saver in 0..<savers {
            let names = ["many"] + (0..<saves).map { "many\(saver).\($0)" }
            try requireChain(
                try await store.chain(to: id(names[saves]), of: alice) { _ in false }, names,
                "A chain that was saved while others were")
        }
        return nil
    }

    func checkLongChain() async throws -> String? {
        let names = (0..<options.chainLength).map { "long\($0)" }
        guard let last = names.last else { return "options.chainLength is 0" }
        try await saveChain(names)
        try requireChain(try await store.chain(to: id(last), of: alice) { _ in false }, names, "A long chain")
        let middle = names.count / 2
        try requireChain(
            try await store.chain(to: id(last), of: alice) { $0 == self.id(names[middle]) }, Array(names[(middle + 1)...]),
            "A part of a long chain")
        let page = Page(order: .ascending, limit: 2)
        let oldest = try await store.inputItems(of: id(last), page, owner: alice)
        try require(oldest?.items.count == min(2, names.count), "The oldest input of a long chain is not there.")
        for name in names {
            try require(try await store.delete(id(name), of: alice), "A response of a long chain cannot be deleted.")
        }
        try require(
            try await store.chain(to: id(last), of: alice) { _ in false } == nil, "A deleted long chain can be continued.")
        return nil
    }

    // MARK: Across processes

    func checkRunning() async throws -> String? {
        guard options.outlivesProcess else { return "the store ends with its process" }
        var saved = record("running0")
        saved.isRunning = true
        var other = record("running1", owner: bob)
        other.isRunning = true
        try await store.save(saved)
        try await store.save(other)
        try await store.save(record("running2"))
        try await requireRunning(saved)
        try await requireRunning(other)
        try await requireNotRunning("running2", "A response that was saved when it had ended is among the running ones.")
        saved.isRunning = false
        try await store.save(saved)
        try await requireNotRunning("running0", "A response that was saved again when it had ended is among the running ones.")
        _ = try await store.delete(other.id, of: bob)
        try await requireNotRunning("running1", "A deleted response is among the running ones.")
        return nil
    }

    private func requireRunning(_ saved: ResponseRecord) async throws {
        let found = try await store.running().first { $0.id == saved.id }
        try requireSame(try require(found, "A running response is not among the running ones."), saved, "A running response")
    }

    private func requireNotRunning(_ name: String, _ sentence: String) async throws {
        let found = try await store.running()
        try require(!found.contains { $0.id == id(name) }, sentence)
    }
}
