import ResponsesAPI
import ResponsesStore

/// The lists of a record as one value: input, what of it entered in another form, output, and open calls.
///
/// Each list is its count and its members; each member its length and its bytes. Numbers are in groups of seven bits, the
/// lowest first, with the eighth bit set where another follows. A row of its own for every item would cost several times as
/// much, and items are never asked for without their record.
enum ItemsBlob {
    static func encode(_ record: ResponseRecord) -> [UInt8] {
        var blob: [UInt8] = []
        blob.reserveCapacity(size(of: record))
        put(record.input, to: &blob)
        put(record.entered.count, to: &blob)
        // In their order, so that equal records are equal bytes.
        for (index, item) in record.entered.sorted(by: { $0.key < $1.key }) {
            put(index, to: &blob)
            put(item.bytes, to: &blob)
        }
        put(record.output, to: &blob)
        put(record.openCalls.count, to: &blob)
        for call in record.openCalls {
            blob.append(call.mustBeAnswered ? 1 : 0)
            put(Array(call.callID.utf8), to: &blob)
        }
        return blob
    }

    /// At least what the blob takes, in bytes.
    private static func size(of record: ResponseRecord) -> Int {
        var size = 16
        for item in record.input { size += item.bytes.count + 5 }
        for item in record.output { size += item.bytes.count + 5 }
        for item in record.entered.values { size += item.bytes.count + 10 }
        for call in record.openCalls { size += call.callID.utf8.count + 6 }
        return size
    }

    /// Puts the lists into a record.
    ///
    /// - Throws: `DamagedRow` for what `encode` did not write.
    static func decode(_ blob: UnsafeRawBufferPointer, into record: inout ResponseRecord) throws(DamagedRow) {
        var at = 0
        record.input = try items(of: blob, &at)
        for _ in 0..<(try count(of: blob, &at)) {
            let index = try number(of: blob, &at)
            record.entered[index] = RawJSON(validated: try bytes(of: blob, &at))
        }
        record.output = try items(of: blob, &at)
        for _ in 0..<(try count(of: blob, &at)) {
            guard at < blob.count else { throw DamagedRow() }
            let mustBeAnswered = blob[at] == 1
            at += 1
            record.openCalls.append(
                OpenCall(callID: String(decoding: try bytes(of: blob, &at), as: UTF8.self), mustBeAnswered: mustBeAnswered))
        }
        guard at == blob.count else { throw DamagedRow() }
    }

    // MARK: Parts

    static func put(_ items: [RawJSON], to blob: inout [UInt8]) {
        put(items.count, to: &blob)
        for item in items { put(item.bytes, to: &blob) }
    }

    static func items(of blob: UnsafeRawBufferPointer, _ at: inout Int) throws(DamagedRow) -> [RawJSON] {
        let count = try count(of: blob, &at)
        var items: [RawJSON] = []
        items.reserveCapacity(count)
        for _ in 0..<count { items.append(RawJSON(validated: try bytes(of: blob, &at))) }
        return items
    }

    private static func put(_ bytes: [UInt8], to blob: inout [UInt8]) {
        put(bytes.count, to: &blob)
        blob.append(contentsOf: bytes)
    }

    private static func put(_ number: Int, to blob: inout [UInt8]) {
        var rest = UInt(bitPattern: number)
        while rest >= 0x80 {
            blob.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        blob.append(UInt8(rest))
    }

    private static func number(of blob: UnsafeRawBufferPointer, _ at: inout Int) throws(DamagedRow) -> Int {
        var number: UInt = 0
        for shift in stride(from: UInt(0), to: 63, by: 7) {
            guard at < blob.count else { throw DamagedRow() }
            let byte = blob[at]
            at += 1
            number |= UInt(byte & 0x7F) << shift
            if byte < 0x80 { return Int(bitPattern: number) }
        }
        throw DamagedRow()
    }

    /// A number of members, each of which takes a byte at least.
    private static func count(of blob: UnsafeRawBufferPointer, _ at: inout Int) throws(DamagedRow) -> Int {
        let count = try number(of: blob, &at)
        guard count <= blob.count - at else { throw DamagedRow() }
        return count
    }

    private static func bytes(of blob: UnsafeRawBufferPointer, _ at: inout Int) throws(DamagedRow) -> [UInt8] {
        let count = try count(of: blob, &at)
        defer { at += count }
        return Array(blob[at..<(at + count)])
    }
}
