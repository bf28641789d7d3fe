/// Where a call stands in closed messages, so that what the engine put beside it can be put there again.
struct CallMark: Sendable {
    /// `CallIDs.key` of the id that the client knows.
    let key: UInt64
    private let place: Int

    /// - Parameters:
    ///   - end: the offset of the brace that ends the call.
    ///   - isLast: the array of calls, and the message, end behind it.
    init(key: UInt64, end: Int, isLast: Bool) {
        self.key = key
        place = end << 1 | (isLast ? 1 : 0)
    }

    /// Where members of the call are added.
    var end: Int { place >> 1 }
    /// Where members of the message are added: behind the brace of the last call and the bracket.
    var messageEnd: Int? { place & 1 == 1 ? end + 2 : nil }

    func moved(by offset: Int) -> CallMark { CallMark(key: key, end: end + offset, isLast: place & 1 == 1) }
}
