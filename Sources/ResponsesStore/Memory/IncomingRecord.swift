import ResponsesAPI

/// A record with what its table needs to know of it, worked out before the table is locked.
struct IncomingRecord {
    var record: ResponseRecord
    /// Where its parent was a moment ago.
    var parent: Int?
    /// Nil for `[]`.
    var tools: SharedTools?
    /// The ids that do not lead to the record by themselves.
    var given: [(id: String, place: ItemIDs.Place)]
    /// Without the tools.
    var bytes: Int

    /// - Parameter known: what `RecordTable.surroundings` says of its parent.
    init(_ record: ResponseRecord, known: (parent: Int?, tools: SharedTools?, latest: SharedTools?)) {
        self.record = record
        parent = known.parent
        tools = record.tools == .emptyArray ? nil : SharedTools(record.tools, known: known.tools, known.latest)
        given = []
        for (index, item) in record.input.enumerated() {
            if let id = item.givenID { given.append((id, .input(index))) }
        }
        var id = record.id.rawValue
        let foreign = id.withUTF8 { id in
            let stem = ItemIDs.stem(of: id)
            return record.output.indices.filter { !record.output[$0].hasMadeID(stem: stem, at: $0) }
        }
        for index in foreign {
            if let id = record.output[index].givenID { given.append((id, .output(index))) }
        }
        bytes = record.bytesWithoutTools
        for (id, _) in given { bytes += id.utf8.count + ItemIndex.overheadBytes }
    }
}
