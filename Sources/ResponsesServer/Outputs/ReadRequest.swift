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
}
