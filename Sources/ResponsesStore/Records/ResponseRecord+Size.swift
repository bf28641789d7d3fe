import ResponsesAPI

extension ResponseRecord {
    /// What the record takes in memory, in bytes: its texts, and what a program needs to hold them.
    public var bytes: Int { bytesWithoutTools + tools.bytes.count }

    /// The same without the tools, which records may share.
    package var bytesWithoutTools: Int {
        var bytes = Self.overheadBytes + id.rawValue.utf8.count + owner.rawValue.utf8.count + object.bytes.count
        if let parent { bytes += parent.rawValue.utf8.count }
        for item in input { bytes += item.bytes.count + Self.overheadBytesPerItem }
        for item in output { bytes += item.bytes.count + Self.overheadBytesPerItem }
        for item in entered.values { bytes += item.bytes.count + 2 * Self.overheadBytesPerItem }
        for call in openCalls { bytes += call.callID.utf8.count + Self.overheadBytesPerItem }
        return bytes
    }

    /// The record's fields, its place in a table, and the headers of its ids, arrays and object.
    private static var overheadBytes: Int { 1024 }
    /// An array's header and the reference to it.
    package static var overheadBytesPerItem: Int { 48 }
}
