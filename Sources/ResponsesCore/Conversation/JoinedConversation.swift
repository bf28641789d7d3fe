import ResponsesAPI
import ResponsesStore

/// What a turn continues that has its place in a conversation.
public struct JoinedConversation: Sendable {
    /// The newest response whose chain is the beginning of the list; nil for none.
    let head: ChainNode?
    /// The items behind that.
    let items: [Item]
    /// Its id.
    package var headID: ResponseID? { head?.id }
    /// Bytes of the items.
    let bytes: Int

    /// - Throws: when an item cannot be read, which it could when it was put there.
    package init(head: ChainNode?, items: [RawJSON]) throws(StoreError) {
        self.head = head
        bytes = items.reduce(0) { $0 + $1.bytes.count }
        do throws(APIError) {
            var read: [Item] = []
            read.reserveCapacity(items.count)
            for item in items { read.append(try Item(item)) }
            self.items = read
        } catch {
            throw .unavailable(reason: "an item of a conversation cannot be read")
        }
    }
}
