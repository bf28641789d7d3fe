/// A text that came in whole messages of a stream: some engines send the message so far with each chunk, some send pieces there.
struct MessageText: Sendable {
    private var known: [UInt8] = []

    var isEmpty: Bool { known.isEmpty }

    /// What a message adds to those before it: the length of its beginning that is known.
    mutating func read(_ text: UnsafeBufferPointer<UInt8>) -> Int {
        let isSoFar = text.count >= known.count && text.prefix(known.count).elementsEqual(known)
        let start = isSoFar ? known.count : 0
        known.append(contentsOf: text.dropFirst(start))
        return start
    }
}
