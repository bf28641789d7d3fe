import ResponsesAPI

extension ServerEvent {
    enum Reading {
        case event(ServerEvent)
        /// JSON that this build can make nothing of: passed over, as unknown types are.
        case passedOver
        /// No JSON object at all.
        case garbage
    }

    /// Reads an event leniently: a turn does not break over a member that is missing in an event on the way.
    static func read(_ bytes: [UInt8]) -> Reading {
        if let event = try? ServerEvent(parsing: bytes) { return .event(event) }
        guard let json = try? RawJSON(parsing: bytes), json.isObject else { return .garbage }
        switch json["type"]?.stringValue {
        // Without its response a terminal event ends nothing: the turn would wait for ever.
        case "response.completed", "response.incomplete", "response.failed": return .garbage
        default: return .passedOver
        }
    }
}
