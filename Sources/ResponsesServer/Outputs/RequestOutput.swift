/// What an HTTP request's answer is made with. On the request's event loop only.
protocol RequestOutput: ConnectionOutput {
    init(_ driver: ConnectionDriver)

    /// The client is gone: a handler that waits for the answer stops waiting.
    func clientGone()

    /// The channel takes bytes again.
    func channelBecameWritable()
}
