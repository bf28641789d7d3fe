/// Reading typed fields: each returns nil for null, and throws an error that names the field for a wrong type.
///
/// "A null for any optional field means not given" (responses-api 2).
extension JSONScanner {
    package mutating func text(for field: StaticString) throws(APIError) -> JSONText? {
        guard let span = try stringSpan(for: field) else { return nil }
        return text(span)
    }

    package mutating func string(for field: StaticString) throws(APIError) -> String? {
        guard let span = try stringSpan(for: field) else { return nil }
        return string(span)
    }

    /// A string of at most `max` characters.
    package mutating func string(for field: StaticString, charactersMax max: Int) throws(APIError) -> String? {
        guard let value = try string(for: field) else { return nil }
        guard value.unicodeScalars.count <= max else {
            throw .wrongValue("\(field)", "at most \(max) characters are allowed.")
        }
        return value
    }

    private mutating func stringSpan(for field: StaticString) throws(APIError) -> StringSpan? {
        let first = peek()
        guard first == UInt8(ascii: "\"") || first == UInt8(ascii: "n") else {
            throw .wrongType("\(field)", expected: "a string")
        }
        return try orInvalid { (scanner) throws(JSONError) in try scanner.scanStringOrNull() }
    }

    package mutating func bool(for field: StaticString) throws(APIError) -> Bool? {
        switch bytes(try valueSpan()).first {
        case UInt8(ascii: "n"): return nil
        case UInt8(ascii: "t"): return true
        case UInt8(ascii: "f"): return false
        default: throw .wrongType("\(field)", expected: "a boolean")
        }
    }

    /// A whole number within `range`.
    package mutating func int(for field: StaticString, in range: ClosedRange<Int>) throws(APIError) -> Int? {
        let value = bytes(try valueSpan())
        if value.first == UInt8(ascii: "n") { return nil }
        guard let number = value.wholeNumber else { throw .wrongType("\(field)", expected: "an integer") }
        guard range.contains(number) else {
            throw .wrongValue(
                "\(field)",
                range.upperBound == Int.max
                    ? "it must be at least \(range.lowerBound)."
                    : "it must be between \(range.lowerBound) and \(range.upperBound).")
        }
        return number
    }

    package mutating func double(for field: StaticString, in range: ClosedRange<Double>) throws(APIError) -> Double? {
        let value = bytes(try valueSpan())
        if value.first == UInt8(ascii: "n") { return nil }
        guard let number = value.number else { throw .wrongType("\(field)", expected: "a number") }
        guard range.contains(number) else {
            throw .wrongValue("\(field)", "it must be between \(range.lowerBound) and \(range.upperBound).")
        }
        return number
    }

    /// Skips any value; returns its place.
    package mutating func valueSpan() throws(APIError) -> Range<Int> {
        try orInvalid { (scanner) throws(JSONError) in try scanner.skipValue() }
    }

    /// An object, kept as it came.
    package mutating func object(for field: StaticString) throws(APIError) -> RawJSON? {
        let value = try rawValue()
        if value.isNull { return nil }
        guard value.isObject else { throw .wrongType("\(field)", expected: "an object") }
        return value
    }

    /// An array, kept as it came.
    package mutating func array(for field: StaticString) throws(APIError) -> RawJSON? {
        let value = try rawValue()
        if value.isNull { return nil }
        guard value.isArray else { throw .wrongType("\(field)", expected: "an array") }
        return value
    }

    /// Any value, kept as it came.
    package mutating func rawValue() throws(APIError) -> RawJSON {
        raw(try valueSpan())
    }

    /// The member `type` of the object that comes next, read before its other members, as these mean different things
    /// by type. Nil when absent or null.
    package func typeAhead() throws(APIError) -> String? {
        // Nearly every client writes `type` first, so this stops after one member as a rule.
        var ahead = fork()
        var isFound = false
        do throws(JSONError) {
            try ahead.beginObject()
            while !isFound, let key = try ahead.nextKey() {
                isFound = ahead.matches(key, "type")
                if !isFound { try ahead.skipValue() }
            }
        } catch {
            throw .notJSON(error)
        }
        return isFound ? try ahead.string(for: "type") : nil
    }

    /// Walks an object's members.
    package mutating func members(
        _ member: (inout JSONScanner, StringSpan) throws(APIError) -> Void
    ) throws(APIError) {
        try orInvalid { (scanner) throws(JSONError) in try scanner.beginObject() }
        while let key = try orInvalid({ (scanner) throws(JSONError) in try scanner.nextKey() }) {
            try member(&self, key)
        }
    }

    /// Walks an array's elements; an error inside names the place.
    package mutating func elements(
        _ element: (inout JSONScanner, Int) throws(APIError) -> Void
    ) throws(APIError) {
        try orInvalid { (scanner) throws(JSONError) in try scanner.beginArray() }
        var index = 0
        while try orInvalid({ (scanner) throws(JSONError) in try scanner.nextElement() }) {
            do throws(APIError) {
                try element(&self, index)
            } catch {
                throw error.under("[\(index)]")
            }
            index += 1
        }
    }

    /// Turns a JSON error into the API's.
    package mutating func orInvalid<R>(
        _ body: (inout JSONScanner) throws(JSONError) -> R
    ) throws(APIError) -> R {
        do throws(JSONError) {
            return try body(&self)
        } catch {
            throw .notJSON(error)
        }
    }
}

extension APIError {
    /// The text is not JSON. Says where, never what.
    package static func notJSON(_ error: JSONError) -> APIError {
        .invalidRequest(.invalidJSON, "The body is not valid JSON: \(error). Send one JSON object.")
    }
}

extension UnsafeBufferPointer<UInt8> {
    /// The whole number that a valid JSON value is, or nil. Languages with one kind of number write `100.0` (responses-api 2).
    package var wholeNumber: Int? {
        guard isNumber else { return nil }
        return Int(String(decoding: self, as: UTF8.self)) ?? number.flatMap { Int(exactly: $0) }
    }

    /// The finite number that a valid JSON value is, or nil.
    var number: Double? {
        guard isNumber, let number = Double(String(decoding: self, as: UTF8.self)), number.isFinite else { return nil }
        return number
    }

    private var isNumber: Bool {
        guard let first else { return false }
        return first == UInt8(ascii: "-") || first &- UInt8(ascii: "0") < 10
    }
}
