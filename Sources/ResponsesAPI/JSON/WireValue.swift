/// A value that is one piece of JSON on the wire, and `Codable` by that: every public value of this module goes through
/// this one bridge.
///
/// Coders keep what this build does not know, as the value is read from and written as whole JSON. What they do not keep
/// is the spelling: Foundation's decoder gives members in no order and numbers as doubles or 64-bit integers. For the
/// same bytes use the initializers that parse, and `wire`.
public protocol WireValue: Codable, Sendable {
    /// - Throws: `APIError` naming the field that is wrong.
    init(wire: RawJSON) throws(APIError)

    /// The JSON that stands for this value.
    var wire: RawJSON { get }
}

extension WireValue {
    public init(from decoder: any Decoder) throws {
        let raw = try JSONValue(from: decoder).raw
        do {
            // Coders may nest deeper than the wire allows.
            try self.init(wire: RawJSON(parsing: raw.bytes))
        } catch {
            let reason = (error as? APIError)?.message ?? "\(error)"
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: reason, underlyingError: error))
        }
    }

    public func encode(to encoder: any Encoder) throws { try JSONValue(wire).encode(to: encoder) }
}

extension RawJSON: WireValue {
    public init(wire: RawJSON) { self = wire }
    public var wire: RawJSON { self }
}

extension JSONValue: Codable {
    private struct Name: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }
        init(_ name: String) { stringValue = name }
        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    public init(from decoder: any Decoder) throws {
        if let object = try? decoder.container(keyedBy: Name.self) {
            self = .object(
                try object.allKeys.map { Member($0.stringValue, try object.decode(JSONValue.self, forKey: $0)) })
        } else if var array = try? decoder.unkeyedContainer() {
            var elements: [JSONValue] = []
            while !array.isAtEnd { elements.append(try array.decode(JSONValue.self)) }
            self = .array(elements)
        } else {
            self = try Self.scalar(decoder.singleValueContainer())
        }
    }

    private static func scalar(_ value: any SingleValueDecodingContainer) throws -> JSONValue {
        if value.decodeNil() { return .null }
        if let truth = try? value.decode(Bool.self) { return .bool(truth) }
        if let number = try? value.decode(Int64.self) { return .number(Number(number)) }
        if let number = try? value.decode(UInt64.self) { return .number(Number(number)) }
        if let number = try? value.decode(Double.self), let finite = Number(number) { return .number(finite) }
        return .string(try value.decode(String.self))
    }

    public func encode(to encoder: any Encoder) throws {
        switch self {
        case .object(let members):
            var container = encoder.container(keyedBy: Name.self)
            for member in members { try container.encode(member.value, forKey: Name(member.name)) }
        case .array(let elements):
            var container = encoder.unkeyedContainer()
            for element in elements { try container.encode(element) }
        case .null:
            var container = encoder.singleValueContainer()
            try container.encodeNil()
        case .bool(let truth):
            var container = encoder.singleValueContainer()
            try container.encode(truth)
        case .string(let text):
            var container = encoder.singleValueContainer()
            try container.encode(text)
        case .number(let number):
            var container = encoder.singleValueContainer()
            if let whole = Int64(number.text) {
                try container.encode(whole)
            } else if let whole = UInt64(number.text) {
                try container.encode(whole)
            } else {
                try container.encode(number.doubleValue)
            }
        }
    }
}
