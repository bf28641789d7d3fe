/// A limit on one response, which ends it as `incomplete` when it is reached.
///
/// The raw value is what clients and the log read: `incomplete_details.hotline_limit` (responses-api 3).
public enum ResponseLimit: String, Sendable, CaseIterable {
    /// `Limits.responseBytesMax`.
    case bytes = "response_bytes"
    /// `Limits.responseItemsMax`.
    case items = "response_items"
    /// `Limits.responseDurationMax`.
    case duration = "response_duration"
}
