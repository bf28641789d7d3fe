import ResponsesAPI

extension ResponseRecord {
    /// The object's `status` (responses-api 3); nil when it has none.
    public var status: String? { object["status"]?.stringValue }

    /// Whether a turn may continue the response: one that runs is not whole, and one that failed is not what its client asked for.
    package var canBeContinued: Bool { !isRunning && status != "failed" }
}
