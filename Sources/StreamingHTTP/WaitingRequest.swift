import AsyncHTTPClient

/// A request that waits for a connection. Touched on the loop of its connections only.
final class WaitingRequest: ExchangeCarrier {
    let request: PlainRequest
    let exchange: any CarriedExchange
    private let connections: PlainConnections

    init(_ request: PlainRequest, _ exchange: any CarriedExchange, _ connections: PlainConnections) {
        self.request = request
        self.exchange = exchange
        self.connections = connections
    }

    /// Nothing came that could be held.
    func readOn() {}

    func stop() {
        if connections.withdraw(self) { exchange.finished(HTTPClientError.cancelled) }
    }
}
