/// What brings an exchange its answer. Called on the exchange's loop.
protocol ExchangeCarrier: AnyObject {
    /// The exchange was held and takes more. What comes may do so at once, from inside the call.
    func readOn()

    /// Gives up the answer and closes its connection; `CarriedExchange.finished` follows, at once or soon.
    func stop()
}
