import NIOHTTP1
import ResponsesAPI

/// What one use of `StreamedExchange` makes of an answer. Every method is called on the exchange's loop.
///
/// The exchange is generic over its reader, so the way of a part has no existential in it. None of the calls that bring
/// something comes after the one to `ended`.
package protocol AnswerReader: AnyObject, SendableMetatype {
    /// What an exchange ends with.
    associatedtype Outcome: Sendable

    /// Whether a stream is read as its server means it where it breaks the standard (`SSEReader`); lines of no field come as
    /// events that say so.
    static var readsLeniently: Bool { get }

    /// What follows this head.
    func form(of head: HTTPResponseHead) -> AnswerForm

    /// What begins with this byte; asked for `AnswerForm.undecided` only. Never returns that.
    func form(firstByte: UInt8) throws -> AnswerForm

    /// Reads one event of a stream. Hot path: what it returns has a size that needs no look at `Outcome`.
    ///
    /// - Returns: whether this was the last event that matters. The connection is kept then, if the server ends its answer
    ///   in time.
    /// - Throws: anything; comes back to `outcome(of:after:)`, and the connection is closed.
    func read(_ event: SSEReader.Event) throws -> Bool

    /// The stream is over.
    ///
    /// - Parameter hasLast: `read` saw the last event; false: the body ended without it.
    func streamEnded(hasLast: Bool) throws -> Outcome

    /// The whole body of an `AnswerForm.object`.
    func object(_ body: [UInt8]) throws -> Outcome

    /// The body of an `AnswerForm.refusal`, whole or as much as is kept.
    func refusal(_ body: [UInt8]) -> Outcome

    /// Whether anything of use was read. Asked after each part until it is true.
    var hasContent: Bool { get }

    /// A part was read and more must come. A reader that is behind calls `StreamedExchange.pause` here.
    func partWasRead()

    /// What a failure means to this use; it may still be a success.
    func outcome(of problem: ExchangeProblem, after progress: ExchangeProgress) -> Outcome

    /// The end. Called exactly once.
    func ended(_ outcome: Outcome)
}

extension AnswerReader {
    package func form(firstByte: UInt8) throws -> AnswerForm { .stream }
    package func partWasRead() {}
    package var hasContent: Bool { true }
    package static var readsLeniently: Bool { false }
}
