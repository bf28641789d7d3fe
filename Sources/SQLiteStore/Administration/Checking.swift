import GRDB
import ResponsesAPI
import ResponsesStore

/// A look through a whole file.
struct Checking {
    private let db: Database
    private let problemsMax: Int
    private(set) var result = SQLiteStoreCheck()

    init(_ db: Database, problemsMax: Int) {
        self.db = db
        self.problemsMax = problemsMax
    }

    private mutating func add(_ problem: String) {
        if result.problems.count < problemsMax { result.problems.append(problem) } else { result.hasMoreProblems = true }
    }

    mutating func run() throws {
        result.responses = try db.first("SELECT count(*) FROM responses WHERE NOT state & 2") { $0.int(0) } ?? 0
        result.conversations = try db.first("SELECT count(*) FROM conversations") { $0.int(0) } ?? 0
        result.responsesWithoutParent = try db.first(
            "SELECT count(*) FROM responses WHERE parent IS NULL AND parentID IS NOT NULL") { $0.int(0) } ?? 0
        try db.each("PRAGMA integrity_check(\(problemsMax))") { row in
            if row.text(0) != "ok" { add("The database is damaged: \(row.text(0)).") }
            return true
        }
        // Rows of damaged pages say nothing of what the store wrote.
        guard result.isWhole else { return }
        for rule in Self.rules {
            try db.each(rule.sql) { row in
                add(rule.sentence(row.text(0)))
                return !result.hasMoreProblems
            }
        }
        try checkRows()
    }

    /// Every record can be put together, and its object is JSON.
    private mutating func checkRows() throws {
        var records = RecordReader(db)
        var key = 0
        while !result.hasMoreProblems {
            var rows: [(key: Int, id: String, row: StoredRow?)] = []
            try db.each(
                "SELECT \(StoredRow.columns) FROM responses r WHERE key > ? ORDER BY key LIMIT 100", .int(key)
            ) { row in
                rows.append((row.int(0), row.text(2), try? StoredRow(row)))
                return true
            }
            guard let last = rows.last else { return }
            key = last.key
            for row in rows {
                let record = try? row.row.map { try records.record(of: $0) }
                let isRead = record.map { (try? RawJSON(parsing: $0.object.bytes)) != nil } ?? false
                if !isRead { add("The response '\(row.id)' cannot be read.") }
            }
        }
    }

    /// What must hold between rows: each statement finds those of which it does not.
    private static let rules: [(sql: String, sentence: @Sendable (String) -> String)] = [
        (
            """
            SELECT r.id FROM responses r LEFT JOIN responses p ON p.key = r.parent
            WHERE r.parent IS NOT NULL AND (p.key IS NULL OR p.key >= r.key OR p.owner <> r.owner OR p.id IS NOT r.parentID)
            """, { "The response '\($0)' continues one that is not there." }
        ),
        (
            "SELECT id FROM responses WHERE owner NOT IN (SELECT key FROM owners)",
            { "The response '\($0)' has no owner." }
        ),
        (
            """
            SELECT id FROM responses r WHERE
                (frame IS NOT NULL AND NOT EXISTS (SELECT 1 FROM sharedTexts t JOIN sharedBytes USING (key)
                    WHERE t.key = r.frame AND t.owner = r.owner))
                OR (tools IS NOT NULL AND NOT EXISTS (SELECT 1 FROM sharedTexts t JOIN sharedBytes USING (key)
                    WHERE t.key = r.tools AND t.owner = r.owner))
            """, { "A text of the response '\($0)' is not there." }
        ),
        (
            """
            SELECT t.key FROM sharedTexts t LEFT JOIN (
                SELECT key, count(*) AS uses FROM (SELECT frame AS key FROM responses UNION ALL SELECT tools FROM responses)
                WHERE key IS NOT NULL GROUP BY key) u ON u.key = t.key
            WHERE t.uses IS NOT coalesce(u.uses, 0) OR t.uses = 0
            """, { "The shared text \($0) is counted wrongly." }
        ),
        (
            "SELECT key FROM sharedBytes WHERE key NOT IN (SELECT key FROM sharedTexts)",
            { "The shared text \($0) is nobody's." }
        ),
        (
            "SELECT g.response FROM givenIDs g LEFT JOIN responses r ON r.key = g.response WHERE r.owner IS NOT g.owner",
            { "An item's id leads to row \($0), which is not there." }
        ),
        (
            "SELECT DISTINCT conversation FROM conversationItems WHERE conversation NOT IN (SELECT key FROM conversations)",
            { "Items of conversation \($0) are there, and it is not." }
        ),
        (
            """
            SELECT c.id FROM conversations c WHERE owner NOT IN (SELECT key FROM owners) OR headPlace >= nextPlace
                OR nextPlace <= (SELECT max(place) FROM conversationItems WHERE conversation = c.key)
            """, { "The conversation '\($0)' is not as it was written." }
        ),
        (
            """
            SELECT id FROM eventLogs l WHERE owner NOT IN (SELECT key FROM owners)
                OR end - first <> (SELECT total(end - first) FROM eventSlices WHERE log = l.key)
            """, { "Events of the response '\($0)' are missing." }
        ),
        (
            "SELECT DISTINCT log FROM eventSlices WHERE log NOT IN (SELECT key FROM eventLogs)",
            { "Events of log \($0) are nobody's." }
        ),
    ]
}
