import ResponsesAPI

/// Encoded events, back to back in one array of bytes: what a step of the connection has to say.
///
/// A transport frames them as it likes (a WebSocket frame each, an SSE record each) from the same bytes. The buffer is
/// reused, so an event costs its bytes and nothing else.
public struct EventBuffer: Sendable {
    /// Where an event ends, and which it is.
    public struct Mark: Sendable, Hashable {
        public var end: Int
        public var name: EventName
        /// The turn under which it is kept for those who read it later; nil when it is not.
        public var turn: TurnID?
    }

    package var json = JSONWriter(reserving: 0)
    public private(set) var marks: [Mark] = []
    /// The turns that ended with these events, in order.
    public private(set) var ends: [EndedTurn] = []
    /// The turn under which what is written now is kept for those who read it later; nil when it is not.
    package var turn: TurnID?
    /// Whether a mark has a turn.
    public private(set) var hasKept = false

    public init() {}

    /// All events' JSON, back to back.
    public var bytes: [UInt8] { json.bytes }
    public var isEmpty: Bool { marks.isEmpty && ends.isEmpty }

    public mutating func removeAll() {
        json.removeAll()
        marks.removeAll(keepingCapacity: true)
        ends.removeAll(keepingCapacity: true)
        turn = nil
        hasKept = false
    }

    /// Gives back what the buffer grew to, when that is more than the next turn surely needs. The buffer must be empty.
    public mutating func shrink() {
        guard json.bytes.capacity > Self.idleBytesMax else { return }
        json = JSONWriter(reserving: 0)
        marks = []
        ends = []
    }

    /// What an idle connection may keep: a page or two, as there may be thousands of them.
    private static var idleBytesMax: Int { 8192 }

    /// As `shrink` in the midst of a turn, which may have had one large event. The buffer must be empty.
    public mutating func shrinkWhileWriting() {
        if json.bytes.capacity > Self.busyBytesMax { shrink() }
    }

    /// What a step of a fast engine fills.
    private static var busyBytesMax: Int { 256 << 10 }

    /// Puts the events of another buffer behind these, as events of `turn`; without a copy when there are none yet.
    package mutating func append(_ other: consuming EventBuffer) {
        let turn = turn
        guard !isEmpty else {
            self = other
            self.turn = turn
            hasKept = turn != nil && !marks.isEmpty
            for index in marks.indices { marks[index].turn = turn }
            return
        }
        let start = json.bytes.count
        json.bytes.append(contentsOf: other.json.bytes)
        json.reset()
        for mark in other.marks { marks.append(Mark(end: start + mark.end, name: mark.name, turn: turn)) }
        hasKept = hasKept || turn != nil
        ends += other.ends
    }

    /// The events as separate texts; for tests and tools.
    public var texts: [String] {
        var start = 0
        return marks.map { mark in
            defer { start = mark.end }
            return String(decoding: bytes[start..<mark.end], as: UTF8.self)
        }
    }

    /// Writes one event: `type`, `sequence_number`, `stream_id` on a named lane, then `fields`.
    package mutating func event(
        _ name: EventName, number: Int, lane: LaneTag, _ fields: (inout JSONWriter) -> Void
    ) {
        json.append(#"{"type":""#)
        json.bytes.append(contentsOf: name.rawValue.utf8)
        json.append(#"","sequence_number":"#)
        json.append(number)
        json.bytes.append(contentsOf: lane.member)
        json.continueAfterMember()
        fields(&json)
        json.append("}")
        end(name)
    }

    /// Writes one delta from a head prepared when its part began: the path that every token takes.
    package mutating func delta(_ name: EventName, head: [UInt8], number: Int, escaped: ArraySlice<UInt8>) {
        json.appendDelta(head: head, number: number, escaped: escaped)
        end(name)
    }

    /// Writes one delta of a voice, from what it prepared to stand around the text.
    package mutating func delta(_ name: EventName, head: [UInt8], escaped: ArraySlice<UInt8>, tail: [UInt8]) {
        json.appendDelta(head: head, escaped: escaped, tail: tail)
        end(name)
    }

    /// Writes an `error` frame for a turn that never began, or for none (websocket-mode 6.2).
    package mutating func errorFrame(_ error: APIError, streamID: StreamID?) {
        json.reset()
        error.writeFrame(streamID: streamID, to: &json)
        // It is nobody's response.
        turn = nil
        end(.error)
    }

    /// Says that a turn is over with the events so far.
    mutating func turnEnded(_ end: EndedTurn) { ends.append(end) }

    /// Marks the end of what was written to `json` as one event.
    package mutating func end(_ name: EventName) {
        marks.append(Mark(end: json.bytes.count, name: name, turn: turn))
        if turn != nil { hasKept = true }
        json.reset()
    }
}
