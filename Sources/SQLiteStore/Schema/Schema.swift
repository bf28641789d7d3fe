import GRDB

/// The tables, as migrations: each is applied once, and never changed after it was published.
///
/// - `owners`: names of owners; everything else refers to them by number.
/// - `responses`: a row for a turn. `parent` is the row it continues, when that is there; `parentID` its id in any case.
///   `object` is the response object, or with a `frame` what is its own beside that. `state` has bit 1 while the response
///   runs, bit 2 when it was deleted and others continue it. `checksum` is of `object` and
///   `items`, as SQLite does not see damage within a value. Rows are numbered in the order of their first save, so a row's
///   parent has a smaller number.
/// - `sharedTexts`, `sharedBytes`: tools and frames that several rows of one owner have, with their number of uses, which
///   stands beside the bytes so that counting does not write them again.
/// - `givenIDs`: where items are whose ids do not lead to their response.
/// - `conversations`, `conversationItems`: `headPlace` is the place of the last item that is part of the head's chain.
/// - `eventLogs`, `eventSlices`: events as they were appended; `first` and `end` are their numbers.
enum Schema {
    /// What the header of the file says it is: "HTLN".
    static let applicationID = 0x4854_4C4E

    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        // Nothing here is declared as a foreign key: who refers to whom is the store's to keep.
        migrator = migrator.disablingDeferredForeignKeyChecks()
        migrator.registerMigration("1") { db in
            try db.execute(sql: """
                PRAGMA application_id = \(applicationID);
                CREATE TABLE owners (key INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
                CREATE TABLE responses (
                    key INTEGER PRIMARY KEY, owner INTEGER NOT NULL, id TEXT NOT NULL UNIQUE, parent INTEGER, parentID TEXT,
                    createdAt INTEGER NOT NULL, usedAt INTEGER NOT NULL, state INTEGER NOT NULL,
                    inputCount INTEGER NOT NULL, outputCount INTEGER NOT NULL, frame INTEGER, tools INTEGER,
                    checksum INTEGER NOT NULL, object BLOB NOT NULL, items BLOB NOT NULL) STRICT;
                CREATE INDEX responsesByParent ON responses (parent) WHERE parent IS NOT NULL;
                CREATE INDEX responsesByUse ON responses (usedAt);
                CREATE INDEX responsesRunning ON responses (key) WHERE state & 1;
                CREATE TABLE sharedTexts (
                    key INTEGER PRIMARY KEY, owner INTEGER NOT NULL, hash INTEGER NOT NULL, uses INTEGER NOT NULL) STRICT;
                CREATE INDEX sharedTextsByHash ON sharedTexts (owner, hash);
                CREATE TABLE sharedBytes (key INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT;
                CREATE TABLE givenIDs (
                    owner INTEGER NOT NULL, id TEXT NOT NULL, response INTEGER NOT NULL, PRIMARY KEY (owner, id, response)
                ) STRICT, WITHOUT ROWID;
                CREATE TABLE conversations (
                    key INTEGER PRIMARY KEY, owner INTEGER NOT NULL, id TEXT NOT NULL UNIQUE, createdAt INTEGER NOT NULL,
                    head TEXT, headPlace INTEGER NOT NULL DEFAULT 0, made INTEGER NOT NULL DEFAULT 0,
                    nextPlace INTEGER NOT NULL DEFAULT 1, metadata BLOB NOT NULL) STRICT;
                CREATE TABLE conversationItems (
                    key INTEGER PRIMARY KEY, conversation INTEGER NOT NULL, place INTEGER NOT NULL, id TEXT NOT NULL,
                    json BLOB NOT NULL) STRICT;
                CREATE UNIQUE INDEX conversationItemsByPlace ON conversationItems (conversation, place);
                CREATE UNIQUE INDEX conversationItemsByID ON conversationItems (conversation, id);
                CREATE TABLE eventLogs (
                    key INTEGER PRIMARY KEY, owner INTEGER NOT NULL, id TEXT NOT NULL UNIQUE, first INTEGER NOT NULL,
                    end INTEGER NOT NULL, bytes INTEGER NOT NULL, usedAt INTEGER NOT NULL) STRICT;
                CREATE INDEX eventLogsByUse ON eventLogs (usedAt);
                CREATE TABLE eventSlices (
                    key INTEGER PRIMARY KEY, log INTEGER NOT NULL, first INTEGER NOT NULL, end INTEGER NOT NULL,
                    events BLOB NOT NULL) STRICT;
                CREATE UNIQUE INDEX eventSlicesByLog ON eventSlices (log, first);
                """)
        }
        return migrator
    }
}
