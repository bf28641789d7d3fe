import ResponsesAPI

/// A record with what its table needs to know of it, worked out before the table is locked.
struct IncomingRecord {
    /// What is known of the surroundings of a record that comes: texts that it probably has.
    struct Surroundings {
        /// The place of its parent.
        var parent: Int?
        /// Its parent's, and the last that came of its owner.
        var tools: (of: SharedText?, latest: SharedText?)
        var frame: (of: SharedText?, latest: SharedText?)
    }

    var kept: KeptRecord
    /// Where its parent was a moment ago.
    var parent: Int?
    /// Nil for `[]`.
    var tools: SharedText?
    /// The ids that do not lead to the record by themselves.
    var given: [(id: String, place: ItemIDs.Place)]
    /// Without what records share.
    var bytes: Int

    init(_ record: ResponseRecord, known: Surroundings) {
        parent = known.parent
        tools =
            record.tools == .emptyArray
            ? nil : SharedText(record.tools.bytes, known: known.tools.of, known.tools.latest)
        kept = Self.kept(record, known)
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
        bytes = record.bytesWithoutShared + HeapSize.array(kept.record.object.bytes)
        // The table has the parent's id already.
        if parent != nil, let id = record.parent { bytes -= HeapSize.string(id.rawValue) }
        for (id, _) in given { bytes += ItemIndex.bytes(of: id) }
    }

    private static func kept(_ record: ResponseRecord, _ known: Surroundings) -> KeptRecord {
        func keep(_ own: [UInt8], in frame: SharedText) -> KeptRecord {
            var record = record
            record.object = RawJSON(validated: own)
            return KeptRecord(record: record, frame: frame)
        }
        for case let frame? in [known.frame.of, known.frame.latest] {
            if let own = ObjectFrame.own(of: record.object.bytes, in: frame.bytes) { return keep(own, in: frame) }
        }
        guard let (frame, own) = ObjectFrame.split(record.object.bytes) else { return KeptRecord(record: record) }
        return keep(own, in: SharedText(frame))
    }
}
