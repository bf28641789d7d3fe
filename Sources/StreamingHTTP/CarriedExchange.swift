import NIOCore
import NIOHTTP1

/// An exchange as its carrier sees it. Called on the exchange's loop.
///
/// First `isCarried`, then the answer's head, parts and end, then `finished`, which comes exactly once and last, however
/// the exchange ends.
protocol CarriedExchange: AnyObject {
    /// Who carries the exchange from now on.
    func isCarried(by carrier: any ExchangeCarrier)

    func receivedHead(_ head: HTTPResponseHead)

    /// - Returns: whether the next part may come; if not, `ExchangeCarrier.readOn` says later that it may. What was read
    ///   already may still come.
    /// - Throws: when nothing more of the answer is wanted: the connection must be closed.
    func receivedPart(_ part: ByteBuffer) throws -> Bool

    func receivedEnd()

    /// - Parameter problem: why the answer did not come to its end.
    func finished(_ problem: (any Error)?)
}
