import GRDB
import ResponsesAPI
import ResponsesStore

/// The open transaction of the writer, and what it knows of the file without reading it.
struct WriteContext {
    let db: Database
    let configuration: SQLiteStore.Configuration
    let held: HeldResponses
    /// Unix time in whole seconds.
    var now: Int

    /// How far the responses were looked through for those that are old, and for those that make room. What was passed and
    /// stayed after all is met on the next way.
    var oldSweep = Sweep()
    var roomSweep = Sweep()

    // What follows is dropped with a transaction that is undone.

    /// Numbers of owners by name.
    var owners: [String: Int] = [:]
    var recentTexts = RecentTexts()
    /// By how much the number of uses of shared texts changes with this transaction.
    var useChanges: [Int: Int] = [:]
    /// What all events take; nil until it was counted.
    var eventBytes: Int?

    /// So many owners' numbers are known at most: a few hundred kilobytes.
    private static var ownersMax: Int { 4096 }

    /// The number of an owner, who gets one with this.
    mutating func key(of owner: Owner) throws -> Int {
        if let key = owners[owner.rawValue] { return key }
        if owners.count >= Self.ownersMax { owners = [:] }
        try db.run("INSERT INTO owners (name) VALUES (?) ON CONFLICT (name) DO NOTHING", .text(owner.rawValue))
        let key = try db.key(of: owner)
        guard let key else { throw DamagedRow() }
        owners[owner.rawValue] = key
        return key
    }

    /// The number of an owner who has one.
    mutating func knownKey(of owner: Owner) throws -> Int? {
        try owners[owner.rawValue] ?? db.key(of: owner)
    }

    /// Ends what was collected for the transaction's end. Called before each commit.
    mutating func finish() throws { try countUses() }

    /// The transaction was undone.
    mutating func forget() {
        owners = [:]
        recentTexts = RecentTexts()
        useChanges = [:]
        eventBytes = nil
    }
}
