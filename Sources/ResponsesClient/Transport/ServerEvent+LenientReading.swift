import ResponsesAPI

extension ServerEvent {
    enum Reading {
        case event(ServerEvent)
        /// JSON that this build cannot read: ignored, as unknown types are.
        case passedOver
        /// Not a JSON object.
        case garbage
    }

    /// Reads an event leniently: a turn does not break over a member that is missing in an event on the way.
    static func read(_ bytes: [UInt8]) -> Reading {
        if let event = try? ServerEvent(parsing: bytes) { return .event(event) }
        guard let json = try? RawJSON(parsing: bytes), json.isObject else { return .garbage }
        switch json["type"]?.stringValue {
        // Without its response a terminal event ends nothing: the turn would wait forever.
        case "response.completed", "response.incomplete", "response.failed": return .garbage
        default: return .passedOver
        }
    }
}
