import GRDB
import ResponsesAPI

extension SQLiteStoreStatistics {
    init(_ db: Database) throws {
        func number(_ sql: String) throws -> Int { try db.first(sql) { $0.int(0) } ?? 0 }
        responses = try number("SELECT count(*) FROM responses WHERE NOT state & 2")
        deletedResponses = try number("SELECT count(*) FROM responses WHERE state & 2")
        runningResponses = try number("SELECT count(*) FROM responses WHERE state & 1")
        owners = try number(
            "SELECT count(*) FROM (SELECT owner FROM responses UNION SELECT owner FROM conversations UNION SELECT owner FROM eventLogs)")
        conversations = try number("SELECT count(*) FROM conversations")
        conversationItems = try number("SELECT count(*) FROM conversationItems")
        eventLogs = try number("SELECT count(*) FROM eventLogs")
        sharedTexts = try number("SELECT count(*) FROM sharedTexts")
        let size = try FileSize(db)
        pageBytes = size.pageBytes
        freePages = size.freePages
        fileBytes = size.pages * size.pageBytes
        try db.each("SELECT min(createdAt), max(createdAt) FROM responses WHERE NOT state & 2") { row in
            oldest = row.intOrNil(0)
            newest = row.intOrNil(1)
            return true
        }
        try countModels(db)
    }

    private mutating func countModels(_ db: Database) throws {
        // The model is part of the frame, which many have alike: one object says it for all of them.
        var groups: [(frame: Int?, count: Int, object: [UInt8])] = []
        try db.each(
            """
            SELECT frame, count(*), object FROM responses WHERE frame IS NOT NULL AND NOT state & 2 GROUP BY frame
            UNION ALL SELECT NULL, 1, object FROM responses WHERE frame IS NULL AND NOT state & 2
            """
        ) { row in
            groups.append((row.intOrNil(0), row.int(1), row.bytes(2)))
            return true
        }
        var records = RecordReader(db)
        for group in groups {
            var model = ""
            do {
                model = try RawJSON(parsing: records.object(group.object, frame: group.frame).bytes)["model"]?.stringValue ?? ""
            } catch is DamagedRow {
            } catch is JSONError {
            }
            models[model, default: 0] += group.count
        }
    }
}
