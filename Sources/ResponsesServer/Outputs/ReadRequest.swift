import ResponsesAPI
import ResponsesCore

/// A create that came by HTTP, and how many bytes its body had.
///
/// A reference, as it is passed on through tasks, each of which would copy half a kilobyte.
final class ReadRequest: Sendable {
    let create: CreateRequest
    let bytes: Int

    init(parsing bytes: [UInt8], _ tools: KnownTools) throws(APIError) {
        create = try tools.request(parsing: bytes)
        self.bytes = bytes.count
    }

    /// The same request with the items of a conversation in front of its input, instead of the conversation's name.
    init(_ request: ReadRequest, after items: [RawJSON]) throws(APIError) {
        var create = request.create
        create.conversation = nil
        var input: [Item] = []
        for item in items { input.append(try Item(item)) }
        create.input = input + create.input
        create.hasInput = true
        self.create = create
        bytes = items.reduce(request.bytes) { $0 + $1.bytes.count }
    }
}
