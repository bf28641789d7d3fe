import NIOCore

/// The closed messages of a conversation as bytes that all prompts of a chain share.
///
/// A rope is a place in a list of segments: extending it writes behind that place when nothing stands there yet, so a
/// turn costs the bytes it adds. After a fork the place is taken; the second child begins a segment of its own and
/// shares everything before. Segments grow from 1 KiB to 64 KiB, so that a long conversation is few writes upstream.
struct PromptRope: Sendable {
    private var last: RopeSegment.Cut?
    /// All bytes up to here.
    private(set) var count = 0

    var isEmpty: Bool { count == 0 }

    /// Appends `bytes`; the rope it was copied from stays as it was.
    ///
    /// - Returns: the memory this took beyond what was there, in bytes.
    mutating func append(_ bytes: [UInt8]) -> Int {
        guard !bytes.isEmpty else { return 0 }
        count += bytes.count
        var rest = bytes[...]
        if let cut = last {
            let taken = cut.segment.append(rest, at: cut.end)
            rest = rest.dropFirst(taken)
            last = RopeSegment.Cut(segment: cut.segment, end: cut.end + taken)
            if rest.isEmpty { return 0 }
        }
        let capacity = max(rest.count, min((last?.segment.capacity ?? 0) * 2, RopeSegment.capacityMax), RopeSegment.capacityMin)
        let segment = RopeSegment(capacity: capacity, previous: last, beginning: rest)
        last = RopeSegment.Cut(segment: segment, end: rest.count)
        return segment.capacity
    }

    /// The bytes in order, as slices of the segments; nothing is copied.
    func slices() -> [ByteBuffer] {
        var slices: [ByteBuffer] = []
        var next = last
        while let cut = next {
            slices.append(cut.segment.slice(to: cut.end))
            next = cut.segment.previous
        }
        slices.reverse()
        return slices
    }
}
