import LibC

/// Reads server-sent events out of pieces of a stream (WHATWG HTML, "Interpreting an event stream").
///
/// A value: no socket, no clock. Pieces may end anywhere. Hot path: data that lies whole within a piece is not
/// copied. What the standard has for browsers only (`id`, `retry`, last event id) is ignored.
package struct SSEReader: Sendable {
    /// One event: its joined data lines, and its name when it has one. `data` is valid during the call only.
    package struct Event {
        package var data: UnsafeBufferPointer<UInt8>
        package var name: String?
        /// Not an event: a line of no field that the standard knows. Delivered only if asked for.
        package var isStray = false
    }

    /// An event grew beyond the limit.
    package struct TooLong: Error, Hashable, Sendable {}

    /// The most bytes an event, or an unfinished line, may have.
    private let lengthMax: Int
    private let isLenient: Bool
    /// No empty line follows an event here: each line of data is one.
    private var areLinesEvents = false
    /// Lines of data of the event so far.
    private var dataLines = 0
    /// The beginning of a line whose end has not come.
    private var partial: [UInt8] = []
    /// Data lines of the event so far, joined, when they do not lie in the piece at hand.
    private var data: [UInt8] = []
    /// What it holds of events that are not whole, and of those before, in bytes.
    package var heldBytes: Int { partial.capacity + data.capacity }
    private var hasData = false
    /// The one data line of the event so far, in the piece at hand.
    private var dataInPiece: Range<Int>?
    private var name: String?
    /// A line ended with CR as the last byte of a piece: an LF to come belongs to it.
    private var skipsLineFeed = false
    /// How many bytes of a byte order mark were seen; 3 once the beginning is past.
    private var markBytesSeen = 0

    /// - Parameter isLenient: what servers of JSON do against the standard is read as they mean it. Lines of no field are
    ///   delivered, each by itself: some write an error into a stream as they would have written it elsewhere. A line of data
    ///   that is whole JSON is an event even if another such line follows instead of an empty one.
    package init(lengthMax: Int, isLenient: Bool = false) {
        self.lengthMax = lengthMax
        self.isLenient = isLenient
    }

    /// Reads the next piece; `handle` is called for each event that it completes.
    ///
    /// - Throws: what `handle` throws, or `TooLong`. The reader must not be used after that.
    package mutating func read(_ piece: UnsafeBufferPointer<UInt8>, handle: (Event) throws -> Void) throws {
        var position = passMark(piece)
        // Where the next line feed is, so that a piece of carriage returns is not searched for one again and again.
        var feed = -1
        while position < piece.count {
            if skipsLineFeed {
                skipsLineFeed = false
                if piece[position] == UInt8(ascii: "\n") {
                    position += 1
                    continue
                }
            }
            if feed < position { feed = Self.offset(of: UInt8(ascii: "\n"), in: piece, from: position, to: piece.count) }
            let end = Self.offset(of: UInt8(ascii: "\r"), in: piece, from: position, to: feed)
            guard end < piece.count else {
                partial.append(contentsOf: piece[position...])
                try checkLength()
                break
            }
            if partial.isEmpty {
                try finishLine(piece, position..<end, isPiece: true, piece, handle)
            } else {
                partial.append(contentsOf: piece[position..<end])
                try checkLength()
                // Taken out and put back, so that its room is used again.
                var line: [UInt8] = []
                swap(&line, &partial)
                try line.withUnsafeBufferPointer { try finishLine($0, 0..<$0.count, isPiece: false, piece, handle) }
                if line.capacity <= Self.keptCapacityMax {
                    line.removeAll(keepingCapacity: true)
                    partial = line
                }
            }
            position = end + 1
            if piece[end] == UInt8(ascii: "\r") { skipsLineFeed = true }
        }
        keepData(of: piece)
        try checkLength()
    }

    /// The stream ended. An event whose last blank line never came is delivered all the same: some servers leave it
    /// out after `[DONE]`.
    package mutating func end(handle: (Event) throws -> Void) throws {
        let empty = UnsafeBufferPointer<UInt8>(start: nil, count: 0)
        if !partial.isEmpty {
            let line = partial
            partial.removeAll()
            try line.withUnsafeBufferPointer { try finishLine($0, 0..<$0.count, isPiece: false, empty, handle) }
        }
        try dispatch(empty, handle)
    }

    // MARK: Lines

    private mutating func passMark(_ piece: UnsafeBufferPointer<UInt8>) -> Int {
        var position = 0
        while markBytesSeen < 3, position < piece.count {
            let mark: (UInt8, UInt8, UInt8) = (0xEF, 0xBB, 0xBF)
            let expected = markBytesSeen == 0 ? mark.0 : markBytesSeen == 1 ? mark.1 : mark.2
            guard piece[position] == expected else {
                // Not a mark after all: what looked like its beginning belongs to the first line.
                if markBytesSeen > 0 { partial.append(mark.0) }
                if markBytesSeen > 1 { partial.append(mark.1) }
                markBytesSeen = 3
                break
            }
            markBytesSeen += 1
            position += 1
        }
        return position
    }

    /// Where a byte stands between two places; the second place when it does not.
    private static func offset(of byte: UInt8, in piece: UnsafeBufferPointer<UInt8>, from start: Int, to end: Int) -> Int {
        guard start < end, let base = piece.baseAddress else { return end }
        let from = UnsafeRawPointer(base + start)
        guard let found = memchr(from, Int32(byte), end - start) else { return end }
        return start + (UnsafeRawPointer(found) - from)
    }

    private mutating func finishLine(
        _ bytes: UnsafeBufferPointer<UInt8>, _ line: Range<Int>, isPiece: Bool, _ piece: UnsafeBufferPointer<UInt8>,
        _ handle: (Event) throws -> Void
    ) throws {
        if line.isEmpty { return try dispatch(piece, handle) }
        if let value = Self.dataValue(bytes, line) { return try addData(value, of: bytes, isPiece: isPiece, piece, handle) }
        let colon = bytes[line].firstIndex(of: UInt8(ascii: ":")) ?? line.upperBound
        var value = min(colon + 1, line.upperBound)..<line.upperBound
        if let first = bytes[value].first, first == UInt8(ascii: " ") { value = value.lowerBound + 1..<value.upperBound }
        let field = bytes[line.lowerBound..<colon]
        if Self.isEqual(field, "data") {
            // Without a colon: an empty line of data.
            try addData(value, of: bytes, isPiece: isPiece, piece, handle)
        } else if Self.isEqual(field, "event") {
            name = String(decoding: bytes[value].prefix(64), as: UTF8.self)
        } else if isLenient, !field.isEmpty, !Self.isEqual(field, "id"), !Self.isEqual(field, "retry") {
            try handle(Event(data: UnsafeBufferPointer(rebasing: bytes[line]), isStray: true))
        }
    }

    /// Where the value stands in a line of `data:`, which nearly all lines are.
    private static func dataValue(_ bytes: UnsafeBufferPointer<UInt8>, _ line: Range<Int>) -> Range<Int>? {
        let start = line.lowerBound
        guard line.count >= 5, bytes[start] == UInt8(ascii: "d"), bytes[start + 1] == UInt8(ascii: "a"),
            bytes[start + 2] == UInt8(ascii: "t"), bytes[start + 3] == UInt8(ascii: "a"), bytes[start + 4] == UInt8(ascii: ":")
        else { return nil }
        let hasSpace = line.count > 5 && bytes[start + 5] == UInt8(ascii: " ")
        return (hasSpace ? start + 6 : start + 5)..<line.upperBound
    }

    private mutating func addData(
        _ value: Range<Int>, of bytes: UnsafeBufferPointer<UInt8>, isPiece: Bool, _ piece: UnsafeBufferPointer<UInt8>,
        _ handle: (Event) throws -> Void
    ) throws {
        if isLenient, dataLines == 1, isWhole(piece) {
            areLinesEvents = true
            try dispatch(piece, handle)
        }
        dataLines += 1
        if isPiece, !hasData, dataInPiece == nil {
            dataInPiece = value
        } else {
            keepData(of: piece)
            if hasData { data.append(UInt8(ascii: "\n")) }
            data.append(contentsOf: bytes[value])
            hasData = true
            try checkLength()
        }
        if areLinesEvents, dataLines == 1, isWhole(piece) { try dispatch(piece, handle) }
    }

    private static func isEqual(_ field: Slice<UnsafeBufferPointer<UInt8>>, _ name: StaticString) -> Bool {
        guard field.count == name.utf8CodeUnitCount else { return false }
        var index = field.startIndex
        for offset in 0..<name.utf8CodeUnitCount {
            if field[index] != name.utf8Start[offset] { return false }
            index += 1
        }
        return true
    }

    // MARK: Events

    private mutating func dispatch(_ piece: UnsafeBufferPointer<UInt8>, _ handle: (Event) throws -> Void) throws {
        let name = name
        self.name = nil
        dataLines = 0
        if let range = dataInPiece {
            dataInPiece = nil
            try handle(Event(data: UnsafeBufferPointer(rebasing: piece[range]), name: name))
        } else if hasData {
            hasData = false
            defer { data.removeAll(keepingCapacity: data.capacity <= Self.keptCapacityMax) }
            try data.withUnsafeBufferPointer { try handle(Event(data: $0, name: name)) }
        }
    }

    /// Whether the line of data so far is an event by itself: an object, or an end mark.
    private func isWhole(_ piece: UnsafeBufferPointer<UInt8>) -> Bool {
        if let range = dataInPiece { return Self.isWhole(UnsafeBufferPointer(rebasing: piece[range])) }
        return data.withUnsafeBufferPointer { Self.isWhole($0) }
    }

    private static func isWhole(_ line: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let last = line.last(where: { $0 > 0x20 }) else { return false }
        if last == UInt8(ascii: "]"), line.count < 32 { return String(decoding: line, as: UTF8.self).contains("[DONE]") }
        guard last == UInt8(ascii: "}") else { return false }
        var scanner = JSONScanner(line)
        guard scanner.peek() == UInt8(ascii: "{"), (try? scanner.skipValue()) != nil else { return false }
        return (try? scanner.expectEnd()) != nil
    }

    /// A buffer that one long event made grow is not kept for the rest of the stream.
    private static var keptCapacityMax: Int { 65_536 }

    /// Takes over the data line that lies in a piece before the piece is gone.
    private mutating func keepData(of piece: UnsafeBufferPointer<UInt8>) {
        guard let range = dataInPiece else { return }
        dataInPiece = nil
        data.append(contentsOf: piece[range])
        hasData = true
    }

    private func checkLength() throws {
        if partial.count + data.count > lengthMax { throw TooLong() }
    }
}
