import GRDB
import ResponsesAPI
import ResponsesStore

/// Makes records of rows: what they share is read once for all rows of one call, and is one array in all their records.
struct RecordReader {
    let db: Database
    private var texts: [Int: [UInt8]] = [:]
    private var owners: [Int: Owner] = [:]

    init(_ db: Database) { self.db = db }

    mutating func record(of row: StoredRow) throws -> ResponseRecord {
        do {
            return try whole(row)
        } catch is DamagedRow {
            throw DamagedRow(response: row.record.id)
        }
    }

    private mutating func whole(_ row: StoredRow) throws -> ResponseRecord {
        var record = row.record
        record.owner = try owner(row.owner)
        record.object = try object(record.object.bytes, frame: row.frame)
        if let tools = row.tools { record.tools = RawJSON(validated: try text(tools)) }
        return record
    }

    /// A response object, of what its row has of it.
    mutating func object(_ bytes: [UInt8], frame: Int?) throws -> RawJSON {
        guard let frame else { return RawJSON(validated: bytes) }
        return RawJSON(validated: ObjectFrame.joined(try text(frame), bytes))
    }

    private mutating func text(_ key: Int) throws -> [UInt8] {
        if let text = texts[key] { return text }
        let found = try db.first(
            "SELECT hash, bytes FROM sharedTexts JOIN sharedBytes USING (key) WHERE key = ?", .int(key)
        ) { (hash: $0.int(0), text: $0.bytes(1)) }
        guard let found, TextHash.hash(found.text) == found.hash else { throw DamagedRow() }
        texts[key] = found.text
        return found.text
    }

    mutating func owner(_ key: Int) throws -> Owner {
        if let owner = owners[key] { return owner }
        guard let name = try db.first("SELECT name FROM owners WHERE key = ?", .int(key), read: { $0.text(0) }) else {
            throw DamagedRow()
        }
        let owner = Owner(rawValue: name)
        owners[key] = owner
        return owner
    }
}
