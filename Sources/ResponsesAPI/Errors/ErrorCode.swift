/// What went wrong, as the wire spells it. A code that this build does not know survives a round trip unchanged.
public struct ErrorCode: RawRepresentable, Hashable, Sendable, Codable, ExpressibleByStringLiteral {
    public var rawValue: String

    public init(rawValue: String) { self.rawValue = rawValue }
    public init(stringLiteral value: String) { rawValue = value }

    // State (websocket-mode 6.3)
    /// The id is neither in the connection's memory nor stored for this key.
    public static let previousResponseNotFound: Self = "previous_response_not_found"
    /// The connection has lived its 60 minutes.
    public static let connectionLimitReached: Self = "websocket_connection_limit_reached"
    /// A lane name with wrong characters, length or type.
    public static let invalidStreamID: Self = "invalid_stream_id"
    /// The 33rd lane name of a connection.
    public static let streamLimitReached: Self = "websocket_stream_limit_reached"
    /// More turns wait than this server keeps.
    public static let responseQueueFull: Self = "response_queue_full"
    /// A turn was cancelled before it began.
    public static let responseCancelled: Self = "response_cancelled"
    public static let steeringNotSupported: Self = "steering_not_supported"

    // Requests
    public static let invalidJSON: Self = "invalid_json"
    public static let unknownEventType: Self = "unknown_event_type"
    public static let missingRequiredParameter: Self = "missing_required_parameter"
    public static let unknownParameter: Self = "unknown_parameter"
    public static let invalidValue: Self = "invalid_value"
    public static let invalidType: Self = "invalid_type"
    public static let unsupportedValue: Self = "unsupported_value"
    public static let contextLengthExceeded: Self = "context_length_exceeded"
    public static let invalidEncryptedContent: Self = "invalid_encrypted_content"
    public static let modelNotFound: Self = "model_not_found"
    public static let invalidAPIKey: Self = "invalid_api_key"

    // The server and its engine
    public static let rateLimitExceeded: Self = "rate_limit_exceeded"
    /// Waiting does not help.
    public static let insufficientQuota: Self = "insufficient_quota"
    public static let serverError: Self = "server_error"
    public static let serverIsOverloaded: Self = "server_is_overloaded"
    public static let engineUnavailable: Self = "engine_unavailable"
    public static let engineTimeout: Self = "engine_timeout"
}
