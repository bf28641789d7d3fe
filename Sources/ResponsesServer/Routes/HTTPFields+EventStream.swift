import HTTPTypes

extension HTTPFields {
    /// The head of an answer that is a stream of events.
    static let eventStream: HTTPFields = [
        .contentType: "text/event-stream; charset=utf-8", .cacheControl: "no-cache",
        // Proxies such as nginx would hold events back.
        .accelBuffering: "no",
    ]
}

extension HTTPField.Name {
    fileprivate static let accelBuffering = HTTPField.Name("x-accel-buffering")!
}
