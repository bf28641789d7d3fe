import ResponsesAPI
import ResponsesStore

/// A row of `responses`.
struct StoredRow {
    var key: Int
    var owner: Int
    /// The row that it continues; nil when that is not there.
    var parent: Int?
    var usedAt: Int
    var state: RowState
    /// Numbers of texts that it shares.
    var frame: Int?
    var tools: Int?
    /// Its owner's name, the whole object and the tools are put in when they are asked for.
    var record: ResponseRecord

    var parentID: ResponseID? { record.parent }

    /// What `init(_:)` reads, in its order, of the table that is called `r`.
    static var columns: String {
        """
        r.key, r.owner, r.id, r.parent, r.parentID, r.createdAt, r.usedAt, r.state, r.frame, r.tools, r.checksum, r.object, r.items
        """
    }

    /// - Throws: `DamagedRow` when it is not as it was written.
    init(_ row: SQLiteRow) throws {
        guard TextHash.hash(row.buffer(11), row.buffer(12)) == row.int(10) else {
            throw DamagedRow(response: ResponseID(row.text(2)))
        }
        key = row.int(0)
        owner = row.int(1)
        parent = row.intOrNil(3)
        usedAt = row.int(6)
        state = RowState(rawValue: row.int(7))
        frame = row.intOrNil(8)
        tools = row.intOrNil(9)
        record = ResponseRecord(
            id: ResponseID(row.text(2)), owner: Owner(rawValue: ""), parent: row.textOrNil(4).map { ResponseID($0) },
            createdAt: row.int(5), object: RawJSON(validated: row.bytes(11)), isRunning: state.contains(.running))
        do throws(DamagedRow) {
            try ItemsBlob.decode(row.buffer(12), into: &record)
        } catch {
            throw DamagedRow(response: record.id)
        }
    }
}
