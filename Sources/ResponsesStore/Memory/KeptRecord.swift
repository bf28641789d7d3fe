import ResponsesAPI

/// A record as the store keeps it: what its object has alike with other records' stands beside it.
struct KeptRecord {
    /// With a frame, `object` holds only what is the record's own.
    var record: ResponseRecord
    var frame: SharedText?

    /// The record as it was saved. Copies its object, so it is made outside of a lock.
    var whole: ResponseRecord {
        guard let frame else { return record }
        var whole = record
        whole.object = RawJSON(validated: ObjectFrame.joined(frame.bytes, record.object.bytes))
        return whole
    }
}
