import ResponsesAPI
import ResponsesCore

/// A request for a turn that came by HTTP, how many bytes its body had, and what its wire is.
///
/// A reference, as it is passed on through tasks, each of which would copy half a kilobyte.
final class ReadRequest: Sendable {
    let create: CreateRequest
    let bytes: Int
    /// Of a wire whose clients send the whole conversation, what is known of it.
    let history: KnownHistory?
    let format: any WireFormat
    let framing: StreamFraming
    let isStream: Bool

    init(parsing bytes: [UInt8], _ tools: KnownTools) throws(APIError) {
        create = try tools.request(parsing: bytes)
        self.bytes = bytes.count
        history = nil
        format = ResponsesFormat()
        framing = .responses
        isStream = create.stream == true
    }

    init(parsing bytes: [UInt8], by wire: any Wire, _ reading: WireReading) throws(APIError) {
        let read = try wire.request(reading: bytes, reading)
        create = read.create
        self.bytes = bytes.count
        history = read.history
        format = read.format
        framing = wire.framing
        isStream = read.isStream
    }
}
