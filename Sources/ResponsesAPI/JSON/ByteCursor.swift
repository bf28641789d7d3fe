/// A place to which bytes are put, one piece behind the other.
///
/// For what is written in many small pieces: the room for all of them is made once, and a piece costs its bytes. A piece
/// that does not fit traps.
@usableFromInline
package struct ByteCursor {
    @usableFromInline var place: UnsafeMutableRawPointer
    @usableFromInline let end: UnsafeMutableRawPointer

    /// Puts bytes to `room`, which outlives the cursor.
    @inlinable @inline(__always)
    package init(_ room: UnsafeMutableRawBufferPointer) {
        // Only an empty room has no address, and nothing fits into that one either.
        place = room.baseAddress ?? UnsafeMutableRawPointer(bitPattern: 1)!
        end = place + room.count
    }

    /// How many bytes fit yet.
    @inlinable package var room: Int { end - place }

    @inlinable @inline(__always)
    package mutating func put(_ byte: UInt8) {
        precondition(place < end, "There is no room left.")
        place.storeBytes(of: byte, as: UInt8.self)
        place += 1
    }

    @inlinable @inline(__always)
    package mutating func put(_ text: StaticString) {
        put(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    @inlinable @inline(__always)
    package mutating func put(_ text: String) {
        var text = text
        text.withUTF8 { put(UnsafeRawBufferPointer($0)) }
    }

    @inlinable @inline(__always)
    package mutating func put(_ bytes: UnsafeRawBufferPointer) {
        precondition(bytes.count <= end - place, "There is no room left.")
        guard let source = bytes.baseAddress else { return }
        place.copyMemory(from: source, byteCount: bytes.count)
        place += bytes.count
    }

    /// The most bytes that a whole number takes.
    @inlinable package static var decimalMax: Int { 20 }

    /// Puts a whole number in decimal.
    @inlinable
    package mutating func put(decimal number: Int) {
        if number < 0 { put(UInt8(ascii: "-")) }
        var rest = number.magnitude
        var (length, limit) = (1, 10 as UInt)
        while length < 19, rest >= limit { (length, limit) = (length + 1, limit &* 10) }
        precondition(length <= end - place, "There is no room left.")
        for offset in stride(from: length - 1, through: 0, by: -1) {
            place.storeBytes(of: UInt8(truncatingIfNeeded: 0x30 &+ rest % 10), toByteOffset: offset, as: UInt8.self)
            rest /= 10
        }
        place += length
    }
}

extension [UInt8] {
    /// Appends what `write` puts, at most `count` bytes.
    @inlinable @inline(__always)
    package mutating func append(atMost count: Int, _ write: (inout ByteCursor) -> Void) {
        append(addingCapacity: count) { span in
            span.withUnsafeMutableBufferPointer { room, written in
                var cursor = ByteCursor(UnsafeMutableRawBufferPointer(room))
                write(&cursor)
                written = count - cursor.room
            }
        }
    }
}
