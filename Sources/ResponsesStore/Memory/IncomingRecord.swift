import ResponsesAPI

/// A record with what its table needs to know of it, worked out before the table is locked.
struct IncomingRecord {
    var record: ResponseRecord
    /// Nil for `[]`.
    var tools: SharedTools?
    /// The ids that do not lead to the record by themselves.
    var given: [(id: String, place: ItemIDs.Place)]
    /// Without the tools.
    var bytes: Int

    /// - Parameter known: tools that it probably has: its parent's, and the last ones that came.
    init(_ record: ResponseRecord, known: (parent: SharedTools?, latest: SharedTools?)) {
        self.record = record
        tools = record.tools == .emptyArray ? nil : SharedTools(record.tools, known: known.parent, known.latest)
        given = []
        for (index, item) in record.input.enumerated() {
            if let id = item.givenID { given.append((id, .input(index))) }
        }
        for (index, item) in record.output.enumerated() where !item.hasMadeID(of: record.id, at: index) {
            if let id = item.givenID { given.append((id, .output(index))) }
        }
        bytes = record.bytesWithoutTools
        for (id, _) in given { bytes += id.utf8.count + ItemIndex.overheadBytes }
    }
}
