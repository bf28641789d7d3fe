/// Ids that tie a client's report to the server's log: the `x-request-id` of an answer or a handshake.
enum RequestIDs {
    static func make() -> String { IDBits.id("req_", words: 1) }
}
