extension Connection {
    /// What a connection's transport asks of it: a value given at birth, so that no decision asks which transport it is.
    public struct Transport: Sendable, Hashable {
        /// Whether turns follow one another: lanes have names, responses are remembered for the turns to come, and the
        /// connection has a lifetime. Otherwise the connection is one request.
        public var isLasting: Bool
        /// Whether what is refused before it began is said by an `error` event. HTTP says it by its status.
        public var sendsRefusals: Bool
        /// Whether a failure in mid-response is said by an `error` event before `response.failed` (responses-api 12).
        public var announcesFailures: Bool
        /// Whether silence within a response is broken by `response.in_progress` (websocket-mode 13.2).
        public var hasHeartbeats: Bool
        /// Whether only the last event is read: the others are then not encoded.
        public var wantsLastEventOnly: Bool
        /// Whether its turn runs without a client that listens.
        public var isBackground: Bool

        public init(
            isLasting: Bool, sendsRefusals: Bool, announcesFailures: Bool, hasHeartbeats: Bool, wantsLastEventOnly: Bool,
            isBackground: Bool = false
        ) {
            self.isBackground = isBackground
            self.isLasting = isLasting
            self.sendsRefusals = sendsRefusals
            self.announcesFailures = announcesFailures
            self.hasHeartbeats = hasHeartbeats
            self.wantsLastEventOnly = wantsLastEventOnly
        }

        /// Many turns, each event a frame.
        public static let webSocket = Transport(
            isLasting: true, sendsRefusals: true, announcesFailures: false, hasHeartbeats: true, wantsLastEventOnly: false)
        /// One turn, each event a record.
        public static let sse = Transport(
            isLasting: false, sendsRefusals: false, announcesFailures: true, hasHeartbeats: true, wantsLastEventOnly: false)
        /// One turn, answered by its last event's response object.
        public static let json = Transport(
            isLasting: false, sendsRefusals: false, announcesFailures: false, hasHeartbeats: false, wantsLastEventOnly: true)
        /// One turn, whose events are kept for whoever asks for them.
        public static let background = Transport(
            isLasting: false, sendsRefusals: false, announcesFailures: true, hasHeartbeats: true, wantsLastEventOnly: false,
            isBackground: true)
    }
}
