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
        /// Counts what nodes of stored responses take: the meter of their `ChainCache`.
        public var cacheMeter: MemoryMeter
        /// Bytes of what all connections alone remember, against `processMemoryBytesMax`.
        public var processMeter: MemoryMeter
        /// Unguessable and never repeated.
        public var makeResponseID: @Sendable () -> ResponseID
        public var reasoningEvents: ReasoningEvents = .openAI
        public var transport: Transport = .webSocket
        /// How turns are written.
        package var format: any WireFormat = ResponsesFormat()

        public init(
            owner: Owner, meter: MemoryMeter, cacheMeter: MemoryMeter, processMeter: MemoryMeter,
            makeResponseID: @escaping @Sendable () -> ResponseID
        ) {
            self.owner = owner
            self.meter = meter
            self.cacheMeter = cacheMeter
            self.processMeter = processMeter
            self.makeResponseID = makeResponseID
        }
    }
}
