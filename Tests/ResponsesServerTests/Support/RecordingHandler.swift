import Logging

/// A log handler that hands every event, of every level, to a recorder.
struct RecordingHandler: LogHandler {
    let record: @Sendable (LogEvent, _ own: Logger.Metadata) -> Void
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.trace

    init(_ record: @escaping @Sendable (LogEvent, _ own: Logger.Metadata) -> Void) { self.record = record }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) { record(event, metadata) }
}
