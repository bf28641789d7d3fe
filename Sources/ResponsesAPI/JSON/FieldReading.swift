/// Reading typed fields: each answers nil for null and an error that names the field for a wrong type.
///
/// "A null for any optional field means not given" (Responses API, section 2).
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
        let value = try rawValue()
        if value.isNull { return nil }
        guard let truth = value.boolValue else { throw .wrongType("\(field)", expected: "a boolean") }
        return truth
    }

    /// A whole number within `range`.
    package mutating func int(for field: StaticString, in range: ClosedRange<Int>) throws(APIError) -> Int? {
        let value = try rawValue()
        if value.isNull { return nil }
        guard let number = value.intValue else { throw .wrongType("\(field)", expected: "an integer") }
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
        let value = try rawValue()
        if value.isNull { return nil }
        guard let first = value.bytes.first, first == UInt8(ascii: "-") || first &- 0x30 < 10,
            let number = Double(value.text), number.isFinite
        else { throw .wrongType("\(field)", expected: "a number") }
        guard range.contains(number) else {
            throw .wrongValue("\(field)", "it must be between \(range.lowerBound) and \(range.upperBound).")
        }
        return number
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
        try orInvalid { (scanner) throws(JSONError) in
            let range = try scanner.skipValue()
            return scanner.raw(range)
        }
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
    /// The text is not JSON. Tells where, never what.
    package static func notJSON(_ error: JSONError) -> APIError {
        .invalidRequest(.invalidJSON, "The body is not valid JSON: \(error). Send one JSON object.")
    }
}
