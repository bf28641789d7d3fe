import Testing

/// The rules of RFC 6455 sections 5 to 8, one row each. `fail` rows name the close code; a final text frame follows
/// every row, and must not be read after an end.
struct FrameRule: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var bytes: [UInt8]
    var expected: [String]

    init(_ name: String, _ bytes: [UInt8], _ expected: String...) {
        (testDescription, self.bytes, self.expected) = (name, bytes, expected)
    }
}
