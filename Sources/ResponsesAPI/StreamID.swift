/// The name of a lane: 1 to 256 characters out of `A-Z a-z 0-9 _ - .` (websocket-mode 4.1).
public struct StreamID: Hashable, Sendable {
    public let rawValue: String

    /// Nil when `rawValue` is not a lane name.
    public init?(_ rawValue: String) {
        guard (1...256).contains(rawValue.utf8.count),
            rawValue.utf8.allSatisfy({ Self.isAllowed($0) })
        else { return nil }
        self.rawValue = rawValue
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."):
            true
        default: false
        }
    }
}

extension StreamID: Codable {
    public init(from decoder: any Decoder) throws {
        let name = try decoder.singleValueContainer().decode(String.self)
        guard let streamID = StreamID(name) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: APIError.invalidStreamID.message))
        }
        self = streamID
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }
}
