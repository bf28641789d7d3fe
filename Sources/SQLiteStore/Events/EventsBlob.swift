import ResponsesAPI

/// Events that were appended together, as one value.
enum EventsBlob {
    static func encode(_ events: ArraySlice<RawJSON>) -> [UInt8] {
        var blob: [UInt8] = []
        blob.reserveCapacity(events.reduce(8) { $0 + $1.bytes.count + 5 })
        ItemsBlob.put(Array(events), to: &blob)
        return blob
    }

    static func decode(_ blob: UnsafeRawBufferPointer) throws(DamagedRow) -> [RawJSON] {
        var at = 0
        let events = try ItemsBlob.items(of: blob, &at)
        guard at == blob.count else { throw DamagedRow() }
        return events
    }
}
