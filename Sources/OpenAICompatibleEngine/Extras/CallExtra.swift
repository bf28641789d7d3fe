/// What an engine put beside a call, and wants back with it.
final class CallExtra: Sendable {
    /// Members of the call, such as `"extra_content":{…}`, with commas between them.
    let ofCall: [UInt8]
    /// `reasoning_details` of its message, when the call is its last; empty when there are none.
    let details: [UInt8]

    init(ofCall: [UInt8], details: [UInt8]) {
        self.ofCall = ofCall
        self.details = details
    }

    /// Two arrays, and the object.
    var bytes: Int { ofCall.count + details.count + 112 }
}
