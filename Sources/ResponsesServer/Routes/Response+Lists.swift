import Hummingbird
import ResponsesAPI
import ResponsesCore
import ResponsesStore
import ThreadTools

extension Response {
    /// A page of a list of items. A large one is written beside the loop.
    init(_ page: ItemPage, _ services: ServerServices, _ memory: HeldMemory) async {
        let bytes = page.items.reduce(0) { $0 + $1.bytes.count }
        guard bytes >= services.limits.largeBytesMin else {
            self.init(json: page.json)
            return
        }
        // The page, and what is written of it.
        memory.set(2 * bytes, for: .receiving)
        let json = await BesideLoop.run { page.json }
        memory.set(0, for: .receiving)
        self.init(json: json)
    }

    /// What a deletion is answered.
    init(deleted id: String, _ object: String) {
        var json = JSONWriter()
        json.beginObject()
        json.key("id")
        json.value(id)
        json.key("object")
        json.value(object)
        json.key("deleted")
        json.value(true)
        json.endObject()
        self.init(json: json.bytes)
    }
}

extension ItemPage {
    /// A list that is whole.
    init(all items: [RawJSON]) {
        self.init(items: items, firstID: items.first?["id"]?.stringValue, lastID: items.last?["id"]?.stringValue)
    }

    /// The wire's list (responses-api 1).
    var json: [UInt8] {
        var json = JSONWriter(reserving: items.reduce(256) { $0 + $1.bytes.count + 64 })
        json.beginObject()
        json.key("object")
        json.value("list")
        json.key("data")
        json.beginArray()
        for item in items { json.value(item.listed) }
        json.endArray()
        json.key("first_id")
        json.value(firstID)
        json.key("last_id")
        json.value(lastID)
        json.key("has_more")
        json.value(hasMore)
        json.endObject()
        return json.bytes
    }
}

extension RawJSON {
    /// A stored item as clients are given it; whatever else was stored, as it is.
    var listed: RawJSON { (try? Item(self))?.listed ?? self }
}
