import GRDB
import ResponsesAPI
import ResponsesStore

/// What responses of one owner have alike, stored once with the number of its uses.
extension WriteContext {
    /// Below this a text stands in its row: it would take as much as what refers to it.
    private static var frameBytesMin: Int { 256 }

    /// A response object as its row has it: with the number of its frame, or whole.
    mutating func parts(of object: RawJSON, owner: Int) throws -> (frame: Int?, object: [UInt8]) {
        for recent in recentTexts.texts(.frame, of: owner) {
            guard let own = ObjectFrame.own(of: object.bytes, in: recent.bytes) else { continue }
            recentTexts.use(recent, .frame, of: owner)
            return (recent.key, own)
        }
        guard let (frame, own) = ObjectFrame.split(object.bytes), frame.count >= Self.frameBytesMin else {
            return (nil, object.bytes)
        }
        return (try key(of: frame, .frame, owner: owner), own)
    }

    /// The number of an array of tools; nil for an empty one.
    mutating func key(ofTools tools: RawJSON, owner: Int) throws -> Int? {
        if tools == .emptyArray { return nil }
        for recent in recentTexts.texts(.tools, of: owner) where recent.bytes == tools.bytes {
            recentTexts.use(recent, .tools, of: owner)
            return recent.key
        }
        return try key(of: tools.bytes, .tools, owner: owner)
    }

    /// The number of a text, which is stored with this when it is new.
    private mutating func key(of text: [UInt8], _ kind: RecentTexts.Kind, owner: Int) throws -> Int {
        let hash = TextHash.hash(text)
        var found: Int?
        try db.each(
            """
            SELECT key, bytes FROM sharedTexts JOIN sharedBytes USING (key) WHERE owner = ? AND hash = ?
            """, .int(owner), .int(hash)
        ) { row in
            if row.buffer(1).elementsEqual(text) { found = row.int(0) }
            return found == nil
        }
        let key: Int
        if let found {
            key = found
        } else {
            try db.run("INSERT INTO sharedTexts (owner, hash, uses) VALUES (?, ?, 0)", .int(owner), .int(hash))
            key = Int(db.lastInsertedRowID)
            try db.run("INSERT INTO sharedBytes (key, bytes) VALUES (?, ?)", .int(key), .blob(text))
        }
        // So that it goes at the end when nothing uses it after all.
        useChanges[key, default: 0] += 0
        recentTexts.use(RecentTexts.Text(key: key, bytes: text), kind, of: owner)
        return key
    }

    /// A row has these texts now, or has them no more.
    mutating func count(_ texts: Int?..., by change: Int) {
        for case let key? in texts { useChanges[key, default: 0] += change }
    }

    /// Writes the changes of a transaction together: its responses mostly share one text.
    mutating func countUses() throws {
        for (key, change) in useChanges {
            try db.run("UPDATE sharedTexts SET uses = uses + ? WHERE key = ?", .int(change), .int(key))
            guard change <= 0 else { continue }
            let owner = try db.first("SELECT owner FROM sharedTexts WHERE key = ? AND uses <= 0", .int(key)) { $0.int(0) }
            guard let owner else { continue }
            try db.run("DELETE FROM sharedTexts WHERE key = ?", .int(key))
            try db.run("DELETE FROM sharedBytes WHERE key = ?", .int(key))
            recentTexts.remove(key, of: owner)
        }
        useChanges.removeAll(keepingCapacity: true)
    }
}
