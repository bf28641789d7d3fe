/// The members of one object, found in one pass and read by name, in any order.
///
/// For values of which clients read few members; what is not asked for is never decoded. A null counts as absent. Of
/// members with the same name the last counts.
struct JSONMembers {
    private let json: RawJSON
    private var spans: [(name: JSONScanner.StringSpan, value: Range<Int>)] = []

    /// - Throws: `APIError` with `invalid_type` when `json` is not an object.
    init(_ json: RawJSON, what: StaticString) throws(APIError) {
        guard json.isObject else {
            throw APIError.invalidRequest(.invalidType, "Invalid type for \(what): expected an object.")
        }
        self.json = json
        spans.reserveCapacity(8)
        let found = try json.bytes.scanned { (scanner) throws(APIError) in
            var found = spans
            try scanner.members { (scanner, key) throws(APIError) in found.append((key, try scanner.valueSpan())) }
            return found
        }
        spans = found
    }

    func raw(_ name: StaticString) -> RawJSON? {
        value(name).map { RawJSON(validated: Array(json.bytes[$0])) }
    }

    func text(_ name: StaticString) throws(APIError) -> JSONText? {
        try read(name) { (scanner) throws(APIError) in try scanner.text(for: name) }
    }

    func string(_ name: StaticString) throws(APIError) -> String? {
        try read(name) { (scanner) throws(APIError) in try scanner.string(for: name) }
    }

    func bool(_ name: StaticString) throws(APIError) -> Bool? {
        try read(name) { (scanner) throws(APIError) in try scanner.bool(for: name) }
    }

    func int(_ name: StaticString) throws(APIError) -> Int? {
        try read(name) { (scanner) throws(APIError) in try scanner.int(for: name, in: Int.min...Int.max) }
    }

    func double(_ name: StaticString) throws(APIError) -> Double? {
        try read(name) { (scanner) throws(APIError) in
            try scanner.double(for: name, in: -Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude)
        }
    }

    /// Seconds since 1970, which some servers send with a fraction.
    func seconds(_ name: StaticString) throws(APIError) -> Int? {
        guard let seconds = try double(name) else { return nil }
        guard seconds.magnitude < 0x1p53 else { throw .wrongType("\(name)", expected: "seconds since 1970") }
        return Int(seconds)
    }

    /// Members with other names, in order.
    func others(than known: Set<String>) -> [JSONMember] {
        json.bytes.scanned { (scanner) in
            spans.compactMap { span in
                let name = scanner.string(span.name)
                return known.contains(name) ? nil : JSONMember(name, scanner.raw(span.value))
            }
        }
    }

    private func value(_ name: StaticString) -> Range<Int>? {
        let value = json.bytes.scanned { (scanner) in
            spans.last { scanner.matches($0.name, name) }?.value
        }
        guard let value, json.bytes[value.lowerBound] != UInt8(ascii: "n") else { return nil }
        return value
    }

    private func read<R>(
        _ name: StaticString, _ body: (inout JSONScanner) throws(APIError) -> R?
    ) throws(APIError) -> R? {
        guard let range = value(name) else { return nil }
        return try json.bytes.scanned(range, body)
    }
}

/// Returns `value`; throws an error that names the missing member when there is none.
func present<T>(_ value: T?, _ name: StaticString) throws(APIError) -> T {
    guard let value else { throw .missing("\(name)") }
    return value
}
