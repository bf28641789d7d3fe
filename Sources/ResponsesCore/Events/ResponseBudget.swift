import ResponsesAPI

/// What a response may still grow by.
///
/// Counted is what the server keeps of a response until its end: its texts and items, with what stands around them. What is
/// only passed on, such as the progress of an item, is not.
package struct ResponseBudget: Sendable {
    private var bytes: Int
    private var items: Int
    /// The limit at which something was turned away; the response is to end.
    package private(set) var exceeded: ResponseLimit?

    /// What stands around the text of a part, or around an entry of a list: names, brackets, an array's own head.
    static let frameBytes = 96

    private let bytesMax: Int
    /// What was counted by now, in bytes.
    var taken: Int { bytesMax - bytes }

    package init(_ limits: Limits) {
        bytesMax = limits.responseBytesMax
        bytes = bytesMax
        items = limits.responseItemsMax
    }

    /// Counts something that cannot be turned away; what comes after it may be.
    mutating func charge(_ count: Int) { bytes -= count }

    /// Whether something of so many bytes has room.
    mutating func take(_ count: Int) -> Bool {
        guard count <= bytes else {
            exceeded = .bytes
            return false
        }
        bytes -= count
        return true
    }

    /// Whether another item may begin.
    mutating func takeItem() -> Bool {
        guard items > 0 else {
            exceeded = .items
            return false
        }
        items -= 1
        bytes -= Self.frameBytes
        return true
    }

    /// The part of an escaped text that has room: whole characters. Nil when that is nothing.
    mutating func fitting(_ range: Range<Int>, of escaped: [UInt8]) -> Range<Int>? {
        if range.count <= bytes {
            bytes -= range.count
            return range
        }
        exceeded = .bytes
        let end = Self.lastBoundary(in: range, of: escaped, upTo: range.lowerBound + max(bytes, 0))
        bytes = 0
        return end > range.lowerBound ? range.lowerBound..<end : nil
    }

    /// The last place between two characters that is not behind `limit`. Walks from the beginning, as only from there escapes
    /// can be told from what they escape.
    private static func lastBoundary(in range: Range<Int>, of escaped: [UInt8], upTo limit: Int) -> Int {
        var place = range.lowerBound
        while place < limit {
            let next = place + JSONEscapes.length(ofCharacterAt: place, in: escaped)
            if next > limit { break }
            place = next
        }
        return place
    }
}
