/// What an HTTP request's answer is made with. On the request's event loop only.
protocol RequestOutput: ConnectionOutput {
    init(_ driver: ConnectionDriver)

    /// The client is gone: whoever waits for the answer goes on without one.
    func clientGone()
}
