import ResponsesAPI
import ResponsesStore

/// A row of `responses` as far as it must be known to take it out, or to put another record in its place: that works for a
/// damaged one as well.
struct RemovableRow {
    var key: Int
    var owner: Int
    var id: ResponseID
    var parent: Int?
    var parentID: ResponseID?
    var state: RowState
    var frame: Int?
    var tools: Int?
    /// Nil when the row is damaged, and so does not say which ids lead to it.
    var givenIDs: [String]?

    /// - Parameter row: `StoredRow.columns`.
    init(_ row: SQLiteRow) {
        key = row.int(0)
        owner = row.int(1)
        id = ResponseID(row.text(2))
        parent = row.intOrNil(3)
        parentID = row.textOrNil(4).map { ResponseID($0) }
        state = RowState(rawValue: row.int(7))
        frame = row.intOrNil(8)
        tools = row.intOrNil(9)
        givenIDs = (try? StoredRow(row))?.record.givenIDs
    }
}
