import ResponsesAPI
import ResponsesStore

/// A row of `conversations`.
struct ConversationRow {
    var key: Int
    var conversation: Conversation
    var head: ResponseID?
    /// The place of the last item that is part of the head's chain.
    var headPlace: Int
    /// How many ids were made for its items.
    var made: Int
    /// The place of the next item.
    var nextPlace: Int

    /// What `init(_:owner:)` reads, in its order.
    static var columns: String { "key, id, createdAt, metadata, head, headPlace, made, nextPlace" }

    init(_ row: SQLiteRow, owner: Owner) {
        key = row.int(0)
        conversation = Conversation(
            id: ConversationID(row.text(1)), owner: owner, createdAt: row.int(2), metadata: RawJSON(validated: row.bytes(3)))
        head = row.textOrNil(4).map { ResponseID($0) }
        headPlace = row.int(5)
        made = row.int(6)
        nextPlace = row.int(7)
    }
}
