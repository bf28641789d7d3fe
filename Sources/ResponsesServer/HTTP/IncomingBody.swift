import NIOCore

/// The body of the request that is being answered, as it comes in. Read it on the channel's event loop.
struct IncomingBody: AsyncSequence, AsyncIteratorProtocol, Sendable {
    let requests: IncomingRequests

    func makeAsyncIterator() -> IncomingBody { self }

    func next() async throws -> ByteBuffer? { try await requests.nextBodyPart() }
}
