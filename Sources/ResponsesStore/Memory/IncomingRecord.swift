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
        tools = record.tools == .emptyArray ? nil : SharedTools(record.tools, known: known)
        given = []
        for (index, item) in record.input.enumerated() {
            if let id = item.givenID { given.append((id, .input(index))) }
        }
        var stem = ItemIDs.stem(of: record.id)
        let foreign = stem.withUTF8 { stem in
            record.output.indices.filter { !record.output[$0].hasMadeID(stem: stem, at: $0) }
        }
        for index in foreign {
            if let id = record.output[index].givenID { given.append((id, .output(index))) }
        }
        bytes = record.bytesWithoutTools
        for (id, _) in given { bytes += id.utf8.count + ItemIndex.overheadBytes }
    }
}
