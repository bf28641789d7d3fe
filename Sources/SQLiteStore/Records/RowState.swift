import ResponsesStore

/// What a row of `responses` says of itself beside its record.
struct RowState: OptionSet {
    let rawValue: Int

    /// The response still runs.
    static let running = RowState(rawValue: 1)
    /// It was deleted, and is here for what continues it.
    static let deleted = RowState(rawValue: 2)

    static func of(_ record: ResponseRecord) -> RowState { record.isRunning ? .running : [] }
}
