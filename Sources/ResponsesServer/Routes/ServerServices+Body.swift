import Hummingbird
import NIOCore
import ResponsesAPI
import ResponsesCore
import ThreadTools

extension ServerServices {
    /// Opens the account of what is held for a request; it is closed when the answer is written.
    func hold(_ context: HotlineRequestContext) -> HeldMemory {
        let memory = HeldMemory(book, of: context.identity.owner, loop: context.channel.eventLoop)
        context.requests?.memory = memory
        return memory
    }

    /// Reads a request's whole body, decompressed; a large one beside the loop.
    ///
    /// - Parameter parse: makes of the body what its route works with.
    /// - Throws: `NIOTooManyBytesError` or `DecodedTooLarge` for too large a body, `APIError` for a wrong one, or when memory is over.
    func read<Value: Sendable>(
        _ request: Request, _ context: HotlineRequestContext, _ memory: HeldMemory,
        _ parse: @Sendable ([UInt8]) throws(APIError) -> Value
    ) async throws -> Value {
        let reader = BodyReader(context.requests) { [observer] in
            observer.refused("memory_over", context.ids, on: context.channel.eventLoop, at: ConnectionDriver.now())
        }
        memory.isHeld(by: reader)
        let (coding, bytesMax) = (try request.contentCoding(), limits.messageBytesMax)
        var bytes = try await request.bytes(upTo: bytesMax, context, memory, reader)
        if let coding { bytes = try await Request.decoded(bytes, coding, upTo: bytesMax, memory, reader) }
        guard bytes.count >= limits.largeBytesMin else { return try parse(bytes) }
        return try await readBeside(bytes, memory, reader, parse)
    }

    @inline(never)  // Its variables would be part of every request's memory.
    private func readBeside<Value: Sendable>(
        _ bytes: [UInt8], _ memory: HeldMemory, _ reader: BodyReader, _ parse: @Sendable ([UInt8]) throws(APIError) -> Value
    ) async throws -> Value {
        memory.set(HeldMemory.readFactor * bytes.count, for: .receiving)
        defer { memory.set(0, for: .receiving) }
        let read = await BesideLoop.run { Result { () throws(APIError) in try parse(bytes) } }
        // It may have been asked to give way meanwhile.
        try reader.check()
        return try read.get()
    }
}

extension HotlineRequestContext {
    /// What log lines about the request begin with.
    var ids: LogIDs { LogIDs(request: identity.requestID, owner: identity.owner.digest) }
}
