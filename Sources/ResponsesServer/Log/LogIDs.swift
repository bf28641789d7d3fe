/// The ids that say to which request, connection and turn a log line belongs; those that are known.
///
/// They are the ones clients see: `x-request-id`, `stream_id`, the response's `id`.
struct LogIDs: Sendable, Hashable {
    var request: String?
    var connection: String?
    var lane: String?
    var response: String?
    /// `Owner.digest`.
    var owner: String?

    init(
        request: String? = nil, connection: String? = nil, lane: String? = nil, response: String? = nil, owner: String? = nil
    ) {
        self.request = request
        self.connection = connection
        self.lane = lane
        self.response = response
        self.owner = owner
    }
}
