import GRDB
import ResponsesAPI
import ResponsesStore

/// What was saved while it ran: those that can be read, and the ids of those that cannot.
struct RunningRows {
    private(set) var records: [ResponseRecord] = []
    private(set) var damaged: [ResponseID] = []

    init(_ db: Database) throws {
        var rows: [StoredRow] = []
        try db.each("SELECT \(StoredRow.columns) FROM responses r WHERE r.state & 1 ORDER BY r.key") { row in
            do {
                rows.append(try StoredRow(row))
            } catch is DamagedRow {
                damaged.append(ResponseID(row.text(2)))
            }
            return true
        }
        var reader = RecordReader(db)
        for row in rows {
            do {
                records.append(try reader.record(of: row))
            } catch is DamagedRow {
                damaged.append(row.record.id)
            }
        }
    }
}
