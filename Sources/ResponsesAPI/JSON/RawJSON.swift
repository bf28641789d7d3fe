/// One JSON value kept as the UTF-8 bytes it came in.
///
/// What this build does not know survives a round trip because it is never taken apart. The bytes are known to be
/// one valid JSON value: every initializer checks, or copies from something that was checked.
public struct RawJSON: Sendable, Hashable {
    /// The value's UTF-8 bytes, without white space around it.
    public let bytes: [UInt8]

    /// Bytes that a scanner already found to be one valid JSON value.
    package init(validated bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Checks that `bytes` are exactly one JSON value.
    ///
    /// - Throws: `JSONError` with the offset of the first byte that does not belong there.
    public init(parsing bytes: [UInt8]) throws(JSONError) {
        let range = try bytes.scanned { (scanner) throws(JSONError) in
            let range = try scanner.skipValue()
            try scanner.expectEnd()
            return range
        }
        // Without white space around the value the array itself is kept.
        self.bytes = range.count == bytes.count ? bytes : Array(bytes[range])
    }

    /// Checks that `text` is exactly one JSON value.
    public init(parsing text: String) throws(JSONError) {
        try self.init(parsing: Array(text.utf8))
    }

    public static let null = RawJSON(validated: Array("null".utf8))
    public static let emptyObject = RawJSON(validated: Array("{}".utf8))
    public static let emptyArray = RawJSON(validated: Array("[]".utf8))

    /// The value as text.
    public var text: String { String(decoding: bytes, as: UTF8.self) }

    public var isObject: Bool { bytes.first == UInt8(ascii: "{") }
    public var isArray: Bool { bytes.first == UInt8(ascii: "[") }
    public var isString: Bool { bytes.first == UInt8(ascii: "\"") }
    public var isNull: Bool { bytes.first == UInt8(ascii: "n") }

    /// The member `name` of this object, or nil when it is absent or this is not an object. Scans the object.
    public subscript(_ name: String) -> RawJSON? {
        guard isObject else { return nil }
        return try? bytes.scanned { (scanner) throws(JSONError) -> RawJSON? in
            var found: RawJSON?
            try scanner.beginObject()
            while let key = try scanner.nextKey() {
                let isWanted = scanner.matches(key, name: name)
                let value = try scanner.skipValue()
                if isWanted { found = scanner.raw(value) }
            }
            return found
        }
    }

    /// The same value without line breaks, for a line of SSE.
    package var onOneLine: RawJSON { RawJSON(validated: bytes.onOneLine) }

    /// The elements of this array; empty when it is not an array.
    public var elements: [RawJSON] {
        guard isArray else { return [] }
        let elements = try? bytes.scanned { (scanner) throws(JSONError) in
            var elements: [RawJSON] = []
            try scanner.beginArray()
            while try scanner.nextElement() {
                elements.append(scanner.raw(try scanner.skipValue()))
            }
            return elements
        }
        return elements ?? []
    }

    /// The text of this string value, or nil when it is not a string.
    public var stringValue: String? {
        guard isString else { return nil }
        return try? bytes.scanned { (scanner) throws(JSONError) in scanner.string(try scanner.scanString()) }
    }

    /// The whole number this is, or nil.
    public var intValue: Int? { bytes.withUnsafeBufferPointer(\.wholeNumber) }
    /// The finite number this is, or nil.
    public var doubleValue: Double? { bytes.withUnsafeBufferPointer(\.number) }
    /// The truth value this is, or nil.
    public var boolValue: Bool? {
        switch bytes.first {
        case UInt8(ascii: "t"): true
        case UInt8(ascii: "f"): false
        default: nil
        }
    }
}

extension RawJSON {
    /// Walks an object's members in order; does nothing when this is not an object.
    package func forEachMember(_ body: (String, RawJSON) -> Void) {
        guard isObject else { return }
        _ = try? bytes.scanned { (scanner) throws(JSONError) in
            try scanner.beginObject()
            while let key = try scanner.nextKey() {
                let value = try scanner.skipValue()
                body(scanner.string(key), scanner.raw(value))
            }
        }
    }

    /// Where the text of a string member stands between its quotes, and whether it has escapes; nil when the first member
    /// of this name is something else, or there is none.
    ///
    /// Reads as far as that member and allocates nothing: for what is asked of every stored item.
    package func stringRange(_ name: StaticString) -> (range: Range<Int>, hasEscapes: Bool)? {
        guard isObject else { return nil }
        return try? bytes.scanned { (scanner) throws(JSONError) -> (range: Range<Int>, hasEscapes: Bool)? in
            try scanner.beginObject()
            while let key = try scanner.nextKey() {
                if scanner.matches(key, name) {
                    guard scanner.peek() == UInt8(ascii: "\"") else { return nil }
                    let span = try scanner.scanString()
                    return (span.range, span.hasEscapes)
                }
                try scanner.skipValue()
            }
            return nil
        }
    }

    /// Whether these are the same bytes: eight at a time, as tools of tens of kilobytes are compared in every turn.
    package func isEqual(to other: UnsafeBufferPointer<UInt8>) -> Bool {
        guard bytes.count == other.count else { return false }
        return bytes.withUnsafeBytes { mine in
            let theirs = UnsafeRawBufferPointer(other)
            var at = 0
            while at + 8 <= mine.count {
                let left = mine.loadUnaligned(fromByteOffset: at, as: UInt64.self)
                guard left == theirs.loadUnaligned(fromByteOffset: at, as: UInt64.self) else { return false }
                at += 8
            }
            return mine[at...].elementsEqual(theirs[at...])
        }
    }
}

extension RawJSON {
    /// Whether this is the same value in the same memory.
    func isSame(as other: RawJSON) -> Bool {
        bytes.withUnsafeBufferPointer { mine in
            other.bytes.withUnsafeBufferPointer { $0.baseAddress == mine.baseAddress && $0.count == mine.count }
        }
    }
}

extension [UInt8] {
    /// What the array takes of the allocator, in bytes: its room, its header, and the allocator's own.
    package var allocatedBytes: Int { isEmpty ? 0 : capacity + 40 }

    /// These bytes in an array without much room behind them: what grew by doubling may have as much again.
    package var withoutRoom: [UInt8] {
        guard capacity - count > count / 8 + 4096 else { return self }
        return withUnsafeBufferPointer { Array($0) }
    }

    /// JSON without line breaks and tabs. They stand only between values, as strings escape them.
    package var onOneLine: [UInt8] {
        // Nearly all JSON comes on one line.
        guard withUnsafeBytes({ JSONEscapes.haveControl($0) }) else { return self }
        let isBreak = { (byte: UInt8) in byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") || byte == UInt8(ascii: "\t") }
        return map { isBreak($0) ? UInt8(ascii: " ") : $0 }
    }
}

extension RawJSON: CustomStringConvertible {
    /// The size only: a value may hold prompts or outputs, which do not belong in logs.
    public var description: String { "RawJSON(\(bytes.count) bytes)" }
}

extension RawJSON: ExpressibleByStringLiteral {
    /// For tests and constants; traps when the literal is not JSON.
    public init(stringLiteral value: String) {
        do {
            try self.init(parsing: value)
        } catch {
            preconditionFailure("not JSON: \(error)")
        }
    }
}
