/// A string in the form in which it stands between the quotes of JSON, in one canonical spelling.
///
/// Text that is only passed on (deltas, prompts, arguments) is copied as it is instead of being decoded and encoded
/// again. Canonical means: only what JSON demands is escaped, in its shortest form, so equal strings have equal bytes.
public struct JSONText: Sendable, Hashable {
    /// The escaped UTF-8 bytes, without quotes.
    public private(set) var escaped: [UInt8]

    public init() { escaped = [] }

    public init(_ string: String) {
        escaped = []
        escaped.reserveCapacity(string.utf8.count)
        JSONEscapes.escape(string, into: &escaped)
    }

    /// Bytes that stood between the quotes of a valid JSON string.
    package init(escaped bytes: UnsafeBufferPointer<UInt8>, hasEscapes: Bool) {
        escaped = []
        escaped.reserveCapacity(bytes.count)
        append(escaped: bytes, hasEscapes: hasEscapes)
    }

    /// Bytes that are canonical already.
    package init(escapedSlice bytes: ArraySlice<UInt8>) { escaped = Array(bytes) }

    /// The string itself.
    public var string: String {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(escaped.count)
        escaped.withUnsafeBufferPointer { JSONEscapes.unescape($0, into: &decoded) }
        return String(decoding: decoded, as: UTF8.self)
    }

    public var isEmpty: Bool { escaped.isEmpty }

    public mutating func append(_ other: JSONText) { escaped.append(contentsOf: other.escaped) }

    package mutating func append(escaped bytes: UnsafeBufferPointer<UInt8>, hasEscapes: Bool) {
        if hasEscapes {
            JSONEscapes.canonicalize(bytes, into: &escaped)
        } else {
            escaped.append(contentsOf: bytes)
        }
    }
}

extension JSONText: ExpressibleByStringLiteral {
    public init(stringLiteral value: String) { self.init(value) }
}

extension JSONText: CustomStringConvertible {
    /// The size only: texts are prompts and outputs, which do not belong in logs.
    public var description: String { "JSONText(\(escaped.count) bytes)" }
}
