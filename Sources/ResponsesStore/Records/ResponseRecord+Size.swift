import ResponsesAPI

extension ResponseRecord {
    /// What the record takes in memory by itself, in bytes: its texts, and what a program needs to hold them.
    ///
    /// A store counts less where records share something.
    public var bytes: Int { bytesWithoutShared + HeapSize.array(object.bytes) + HeapSize.array(tools.bytes) }

    /// The same without object and tools, of which records may share much.
    package var bytesWithoutShared: Int {
        var bytes = Self.overheadBytes + HeapSize.string(id.rawValue)
        if let parent { bytes += HeapSize.string(parent.rawValue) }
        bytes += Self.bytes(of: input) + Self.bytes(of: output)
        if !entered.isEmpty {
            bytes += HeapSize.dictionary(entered)
            for item in entered.values { bytes += HeapSize.array(item.bytes) }
        }
        if !openCalls.isEmpty {
            bytes += HeapSize.array(openCalls)
            for call in openCalls { bytes += HeapSize.string(call.callID) }
        }
        return bytes
    }

    private static func bytes(of items: [RawJSON]) -> Int {
        var bytes = HeapSize.array(items)
        for item in items { bytes += HeapSize.array(item.bytes) }
        return bytes
    }

    /// The record's fields, and its places in a store's tables, which are half full on the average.
    private static var overheadBytes: Int { 296 }
}
