import ResponsesAPI

extension Connection {
    /// What a connection is given at birth.
    public struct Configuration: Sendable {
        public var limits = Limits()
        /// Whose the connection is.
        public var owner: Owner
        public var sealer: (any ContentSealer)?
        /// Counts what this connection's chains take that are not stored.
        public var meter: MemoryMeter
        /// Counts what stored responses take.
        public var storeMeter: MemoryMeter?
        /// Bytes of all connections together, against `processMemoryBytesMax`.
        public var processMeter: MemoryMeter
        /// Unguessable and never repeated.
        public var makeResponseID: @Sendable () -> ResponseID
        public var reasoningEvents: ReasoningEvents = .openAI
        public var transport: Transport = .webSocket

        public init(
            owner: Owner, meter: MemoryMeter, processMeter: MemoryMeter,
            makeResponseID: @escaping @Sendable () -> ResponseID
        ) {
            self.owner = owner
            self.meter = meter
            self.processMeter = processMeter
            self.makeResponseID = makeResponseID
        }
    }
}
