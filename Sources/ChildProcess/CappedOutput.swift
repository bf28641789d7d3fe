/// The beginning and the end of an output, within a limit: of a long build log both matter.
package struct CappedOutput: Hashable, Sendable {
    private let half: Int
    private var head: [UInt8] = []
    private var tail: [UInt8] = []
    /// Bytes appended so far, kept or not.
    package private(set) var count = 0

    package init(bytesMax: Int) { half = bytesMax / 2 }

    package mutating func append(_ bytes: some Collection<UInt8>) {
        count += bytes.count
        let room = half - head.count
        head.append(contentsOf: bytes.prefix(room))
        tail.append(contentsOf: bytes.dropFirst(room))
        // In large steps, so that each byte is moved once or twice.
        if tail.count > 4 * half { tail.removeFirst(tail.count - half) }
    }

    /// As text. A line with `note`, which gets the number of bytes, takes the place of what was left out.
    package func text(note: (Int) -> String = { "[\($0) bytes left out]" }) -> String {
        let end = tail.suffix(half)
        let left = count - head.count - end.count
        guard left > 0 else { return String(decoding: head + end, as: UTF8.self) }
        return String(decoding: head, as: UTF8.self) + "\n\(note(left))\n" + String(decoding: end, as: UTF8.self)
    }
}
