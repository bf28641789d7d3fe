import ResponsesAPI

/// An item of a history, and the message that it came in, counted from 0.
struct PlacedItem: Sendable {
    var item: Item
    var message: Int
}
