import NIOCore

/// What is known of a conversation's calls, for one request: from its chain, and from what its owner's calls had.
struct KnownExtras: Sendable {
    private let traced: [UInt64: CallExtra]
    private let remembered: [UInt64: CallExtra]

    static let none = KnownExtras(traced: [:], remembered: [:])

    private init(traced: [UInt64: CallExtra], remembered: [UInt64: CallExtra]) {
        self.traced = traced
        self.remembered = remembered
    }

    init(_ trace: ChatTrace?, remembered: [UInt64: CallExtra]) {
        var traced: [UInt64: CallExtra] = [:]
        if let trace {
            traced.reserveCapacity(trace.entries.count)
            trace.entries.forEach { traced[$0.key] = $0.extra }
        }
        self.init(traced: traced, remembered: remembered)
    }

    var isEmpty: Bool { traced.isEmpty && remembered.isEmpty }

    private struct Insertion {
        var offset: Int
        var bytes: [UInt8]
    }

    private func insertions(beside mark: CallMark, _ profile: EngineProfile) -> [Insertion] {
        guard let extra = traced[mark.key] ?? remembered[mark.key] else { return [] }
        var insertions: [Insertion] = []
        if profile.callExtras, !extra.ofCall.isEmpty {
            insertions.append(Insertion(offset: mark.end, bytes: [UInt8(ascii: ",")] + extra.ofCall))
        }
        if profile.reasoningDetails, !extra.details.isEmpty, let end = mark.messageEnd {
            insertions.append(Insertion(offset: end, bytes: Array(#","reasoning_details":"#.utf8) + extra.details))
        }
        return insertions
    }

    /// Closed messages with what goes beside their calls. Their bytes stay where they are: slices with others between them.
    func beside(_ marks: SharedList<CallMark>, in slices: [ByteBuffer], _ profile: EngineProfile) -> [ByteBuffer] {
        var result: [ByteBuffer] = []
        var next = 0
        var current = ByteBuffer()
        /// Where `current` begins.
        var position = 0
        func pass(to offset: Int) {
            while position < offset {
                if current.readableBytes == 0 {
                    guard next < slices.count else { return }
                    current = slices[next]
                    next += 1
                }
                guard let piece = current.readSlice(length: min(current.readableBytes, offset - position)) else { return }
                if piece.readableBytes > 0 { result.append(piece) }
                position += piece.readableBytes
            }
        }
        marks.forEach { mark in
            for insertion in insertions(beside: mark, profile) {
                pass(to: insertion.offset)
                result.append(ByteBuffer(bytes: insertion.bytes))
            }
        }
        if current.readableBytes > 0 { result.append(current) }
        return result + slices[next...]
    }

    /// The same in one piece, for the open message.
    func put(beside marks: [CallMark], in bytes: inout [UInt8], _ profile: EngineProfile) {
        for mark in marks.reversed() {
            for insertion in insertions(beside: mark, profile).reversed() { bytes.insert(contentsOf: insertion.bytes, at: insertion.offset) }
        }
    }
}
