import ResponsesAPI

/// Why the client could not do what it was asked to do. What a server reports is an `APIError` instead.
///
/// ```swift
/// do {
///     try await lane.respond(to: "Fix the build").text()
/// } catch let error as ClientError where error.code == .unreachable {
///     print(error.message)
/// }
/// ```
/// The set of codes is open: a code added later breaks no `switch`. Keys, prompts and outputs are never part of the message
/// or the description.
public struct ClientError: Error, Hashable, Sendable {
    public struct Code: RawRepresentable, Hashable, Sendable, ExpressibleByStringLiteral {
        public var rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }
        public init(stringLiteral value: String) { rawValue = value }

        // Before anything is sent

        /// This client cannot use the URL.
        public static let invalidAddress: Self = "invalid_address"
        /// What was asked contradicts itself, or this transport cannot do it.
        public static let notPossible: Self = "not_possible"
        /// More turns wait than `ClientLimits` allows.
        public static let queueFull: Self = "queue_full"

        // On the way

        /// Nothing answered at the address, at any try.
        public static let unreachable: Self = "unreachable"
        /// The server answered the upgrade or the request with a status that refuses it.
        public static let refused: Self = "refused"
        /// The connection was lost after events of this turn had come: the turn is not repeated.
        public static let interrupted: Self = "interrupted"
        public static let timedOut: Self = "timed_out"
        /// The turn or the task around it was cancelled.
        public static let cancelled: Self = "cancelled"
        /// The line is closed; nothing runs on it.
        public static let closed: Self = "closed"
        /// The server sent what the protocol does not allow.
        public static let protocolViolation: Self = "protocol_violation"

        // The model's output

        /// The agent's loop reached its limit of rounds.
        public static let roundsExceeded: Self = "rounds_exceeded"
        /// The model declined to answer in the form that was asked for.
        public static let refusal: Self = "refusal"
        /// The response ended before it was complete.
        public static let incompleteOutput: Self = "incomplete_output"
        /// The output is not of the form that was asked for.
        public static let invalidOutput: Self = "invalid_output"
    }

    public var code: Code
    /// What happened and what to do about it.
    public var message: String
    /// The response in question, where there is one: what a model said instead of what was asked for. Not in `description`.
    public var response: ResponseObject?

    public init(_ code: Code, _ message: String, response: ResponseObject? = nil) {
        self.code = code
        self.message = message
        self.response = response
    }
}

extension ClientError: CustomStringConvertible {
    public var description: String { "\(message) (\(code.rawValue))" }
}
