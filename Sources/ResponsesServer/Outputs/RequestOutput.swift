/// What the answer to a turn's HTTP request is made with. On the request's event loop only.
protocol RequestOutput: ConnectionOutput, AnswerOutput {
    init(_ driver: ConnectionDriver)
}
