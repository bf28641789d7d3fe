import ResponsesAPI
public import ResponsesStore

/// The contract of `ResponseStore` as a test, for whoever writes one; of `ConversationStore` and `EventLog` as well when
/// they are given.
///
///     @Test func myStoreKeepsTheContract() async throws {
///         try await StoreConformance(store: MyStore()).run()
///     }
///
/// The store may hold other things already: every run makes ids of its own. It must have room for about 20 MB. Where a store
/// would let things go meanwhile, by age for instance, the checks find that they are missing.
public struct StoreConformance: Sendable {
    public struct Options: Sendable {
        /// Responses of the longest chain.
        public var chainLength = 10_000
        /// How many save at the same time, and how many responses each.
        public var savers = 16
        public var savesPerSaver = 32
        /// Whether the store goes on where the process before left it, so that `running` must say what ran then.
        public var outlivesProcess = false

        public init() {}
    }

    public typealias Report = ConformanceReport

    let store: any ResponseStore
    let conversations: (any ConversationStore)?
    let events: (any EventLog)?
    let options: Options
    /// Part of every id, so that runs do not meet.
    private let run = String(UInt64.random(in: .min ... .max), radix: 36)
    let alice: Owner
    let bob: Owner

    public init(
        store: any ResponseStore, conversations: (any ConversationStore)? = nil, events: (any EventLog)? = nil,
        options: Options = Options()
    ) {
        self.store = store
        self.conversations = conversations
        self.events = events
        self.options = options
        alice = Owner(rawValue: "alice-\(run)")
        bob = Owner(rawValue: "bob-\(run)")
    }

    /// Runs every check, one after the other.
    ///
    /// - Throws: `ConformanceFailure` at the first rule that does not hold.
    @discardableResult
    public func run() async throws -> Report {
        try await Report(of: checks, contract: "Store") { error in
            (error as? StoreError).map { "The store threw \($0)." }
        }
    }

    private var checks: [Report.Check] {
        [
            ("read back", checkReadBack), ("owners", checkOwners), ("chain", checkChain),
            ("held ancestors", checkHeldAncestors), ("forks", checkForks), ("missing ancestors", checkMissingAncestors),
            ("saved twice", checkSavedTwice), ("taken ids", checkTakenIDs), ("input item ids", checkInputItemIDs),
            ("input items", checkInputItems), ("input item pages", checkPages), ("items by id", checkItemsByID),
            ("deletion", checkDeletion), ("deletion with children", checkDeletionWithChildren), ("holds", checkHolds),
            ("many at once", checkManyAtOnce), ("long chain", checkLongChain), ("running responses", checkRunning),
            ("conversations", checkConversations), ("conversation items", checkConversationItems),
            ("conversation turns", checkConversationTurns), ("conversation heads", checkConversationHeads),
            ("conversation owners", checkConversationOwners),
            ("events", checkEvents), ("event gaps", checkEventGaps), ("event owners", checkEventOwners),
        ]
    }

    // MARK: Helpers of the checks

    typealias Violation = BrokenRule

    func require(_ holds: Bool, _ sentence: @autoclosure () -> String) throws(Violation) {
        try BrokenRule.require(holds, sentence())
    }

    func require<Value>(_ value: Value?, _ sentence: @autoclosure () -> String) throws(Violation) -> Value {
        guard let value else { throw Violation(sentence: sentence()) }
        return value
    }

    /// The error that a call throws; a violation when it throws none.
    func requireError<Value>(
        _ sentence: @autoclosure () -> String, _ body: () async throws(StoreError) -> Value
    ) async throws(Violation) -> StoreError {
        do throws(StoreError) { _ = try await body() } catch { return error }
        throw Violation(sentence: sentence())
    }

    func id(_ name: String) -> ResponseID { ResponseID("resp_\(run)\(name)") }
    func conversationID(_ name: String) -> ConversationID { ConversationID("conv_\(run)\(name)") }
    /// An item's id as this server makes it.
    func outputID(_ prefix: String, _ name: String, _ index: Int) -> String { "\(prefix)_\(run)\(name)_\(index)" }
    /// An item's id as a client makes it.
    func clientID(_ name: String) -> String { "client-\(run)-\(name)" }

    func message(_ text: String, id: String? = nil) -> RawJSON {
        var json = JSONWriter()
        json.beginObject()
        json.key("type")
        json.value("message")
        json.member("id", ifSet: id)
        json.key("role")
        json.value("user")
        json.key("content")
        json.value(text)
        json.endObject()
        return json.raw
    }

    /// A response with one item of input and one of output.
    func record(_ name: String, parent: String? = nil, owner: Owner? = nil) -> ResponseRecord {
        var json = JSONWriter()
        json.beginObject()
        json.key("id")
        json.value(id(name).rawValue)
        json.key("output")
        json.literal("[]")
        json.key("tools")
        json.literal("[]")
        json.endObject()
        return ResponseRecord(
            id: id(name), owner: owner ?? alice, parent: parent.map { id($0) }, createdAt: 1_700_000_000, object: json.raw,
            input: [message("to \(name)")], output: [message("from \(name)", id: outputID("msg", name, 0))])
    }

    /// Saves a chain of responses, oldest first, each named.
    func saveChain(_ names: [String]) async throws(StoreError) {
        var parent: String?
        for name in names {
            try await store.save(record(name, parent: parent))
            parent = name
        }
    }

    /// Requires that a stored record is the one that was saved, byte for byte.
    func requireSame(_ found: ResponseRecord, _ saved: ResponseRecord, _ which: String) throws(Violation) {
        try require(found.id == saved.id, "\(which) came back under another id.")
        try require(found.owner == saved.owner, "\(which) came back with another owner.")
        try require(found.parent == saved.parent, "\(which) came back with another parent.")
        try require(found.createdAt == saved.createdAt, "\(which) came back with another time.")
        try require(found.object == saved.object, "\(which) came back with another object.")
        try require(found.tools == saved.tools, "\(which) came back with other tools.")
        try require(found.input == saved.input, "\(which) came back with other input.")
        try require(found.entered == saved.entered, "\(which) came back with other entered items.")
        try require(found.output == saved.output, "\(which) came back with other output.")
        try require(found.openCalls == saved.openCalls, "\(which) came back with other open calls.")
        try require(found.isRunning == saved.isRunning, "\(which) came back as running, or as not.")
    }

    /// Requires that a chain is these responses.
    func requireChain(_ chain: [ResponseRecord]?, _ names: [String], _ which: String) throws(Violation) {
        let chain = try require(chain, "\(which) is not there.")
        try require(
            chain.map(\.id) == names.map { id($0) },
            "\(which) has \(chain.count) responses, or another order, where \(names.count) were expected.")
    }
}
