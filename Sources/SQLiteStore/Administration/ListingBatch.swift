import GRDB
import ResponsesAPI
import ResponsesStore

/// Some of the responses, the newest first, as far as a filter lets them through.
struct ListingBatch {
    private(set) var listings: [SQLiteStoreListing] = []
    /// Where the next batch begins; nil behind the last response.
    private(set) var next: Int?

    /// So many rows are looked at.
    private static var rowsMax: Int { 200 }

    init(before key: Int, _ filter: SQLiteStoreFilter, in db: Database) throws {
        var rows: [Row] = []
        try db.each(
            """
            SELECT key, owner, id, parentID, createdAt, usedAt, frame, inputCount, outputCount, length(object) + length(items), object
            FROM responses WHERE key < ? AND NOT state & 2 AND createdAt >= ? AND createdAt < ? ORDER BY key DESC LIMIT ?
            """, .int(key), .int(filter.createdSince ?? .min), .int(filter.createdBefore ?? .max), .int(Self.rowsMax)
        ) { row in
            rows.append(Row(row))
            return true
        }
        var records = RecordReader(db)
        for row in rows {
            let listing = try row.listing(&records)
            if filter.lets(listing) { listings.append(listing) }
        }
        if rows.count == Self.rowsMax { next = rows.last?.key }
    }

    private struct Row {
        var key: Int
        var owner: Int
        var frame: Int?
        var object: [UInt8]
        var listing: SQLiteStoreListing

        init(_ row: SQLiteRow) {
            key = row.int(0)
            owner = row.int(1)
            frame = row.intOrNil(6)
            object = row.bytes(10)
            listing = SQLiteStoreListing(
                id: ResponseID(row.text(2)), owner: Owner(rawValue: ""), parent: row.textOrNil(3).map { ResponseID($0) },
                createdAt: row.int(4), usedAt: row.int(5), metadata: .emptyObject, inputCount: row.int(7),
                outputCount: row.int(8), bytes: row.int(9))
        }

        func listing(_ records: inout RecordReader) throws -> SQLiteStoreListing {
            var listing = listing
            do {
                listing.owner = try records.owner(owner)
                let object = try RawJSON(parsing: records.object(object, frame: frame).bytes)
                listing.read(object)
            } catch is DamagedRow {
                listing.isDamaged = true
            } catch is JSONError {
                listing.isDamaged = true
            }
            return listing
        }
    }
}

extension SQLiteStoreListing {
    /// Takes from the response object what a list shows.
    fileprivate mutating func read(_ object: RawJSON) {
        model = object["model"]?.stringValue
        status = object["status"]?.stringValue
        if let metadata = object["metadata"], metadata.isObject { self.metadata = metadata }
    }
}

extension SQLiteStoreFilter {
    /// Whether a response is asked for, beside its time.
    func lets(_ listing: SQLiteStoreListing) -> Bool {
        if let model, listing.model != model { return false }
        if let status, listing.status != status { return false }
        return metadata.allSatisfy { listing.metadata[$0.key]?.stringValue == $0.value }
    }
}
