/// An HTTP answer that takes its time, as the client's connection sees it. On the request's event loop only.
protocol AnswerOutput: AnyObject {
    /// The client is gone: a handler that waits for the answer stops waiting.
    func clientGone()

    /// The channel takes bytes again.
    func channelBecameWritable()
}
