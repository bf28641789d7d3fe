import ResponsesAPI

extension Connection {
    /// What a connection is given at birth.
    public struct Configuration: Sendable {
        public var limits = Limits()
        /// Whose the connection is.
        public var owner: Owner
        public var sealer: (any ContentSealer)?
        /// Counts what this connection holds.
        public var account: MemoryAccount
        /// Counts what nodes of stored or remembered responses take: the account of their `ChainCache`.
        public var cacheAccount: MemoryAccount
        /// The sets of tools in use.
        public var tools: ToolShelf
        /// Unguessable and never repeated.
        public var makeResponseID: @Sendable () -> ResponseID
        public var reasoningEvents: ReasoningEvents = .openAI
        public var transport: Transport = .webSocket
        /// The model of a turn that names none; nil when turns have to.
        public var onlyModel: @Sendable () -> String? = { nil }
        /// Whether this owner's responses may be stored. Where they may not, turns are done as if they had asked for that.
        public var mayStore = true
        /// Whether responses that nobody stores are remembered for clients that send the whole conversation again.
        public var remembers = false
        /// Whether an id is that of a call of the conversation; nil where calls may have equal ids.
        public var isCallIDTaken: (@Sendable (String) -> Bool)?
        /// How turns are written.
        package var format: any WireFormat = ResponsesFormat()

        /// What counts the node of a response.
        func account(isStored: Bool) -> MemoryAccount { isStored || remembers ? cacheAccount : account }

        /// The sealer for what is this owner's.
        var ownedSealer: OwnedSealer? { sealer.map { OwnedSealer($0, owner: owner) } }

        public init(
            owner: Owner, account: MemoryAccount, cacheAccount: MemoryAccount, tools: ToolShelf,
            makeResponseID: @escaping @Sendable () -> ResponseID
        ) {
            self.owner = owner
            self.account = account
            self.cacheAccount = cacheAccount
            self.tools = tools
            self.makeResponseID = makeResponseID
        }
    }
}
