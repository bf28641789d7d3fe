/// Ids that tie a client's report to the server's log: the `x-request-id` of an answer or a handshake.
enum RequestIDs {
    static func make() -> String { "req_" + String(UInt64.random(in: .min ... .max), radix: 16) }
}
