import ResponsesAPI

extension RawJSON {
    /// This item's own id; nil when it has none, or `null`.
    ///
    /// Reads as far as the id, which comes early in items of this server.
    package var givenID: String? {
        guard isObject else { return nil }
        return try? bytes.scanned { (scanner) throws(JSONError) -> String? in
            try scanner.beginObject()
            while let key = try scanner.nextKey() {
                if scanner.matches(key, "id") {
                    guard scanner.peek() == UInt8(ascii: "\"") else { return nil }
                    return scanner.string(try scanner.scanString())
                }
                try scanner.skipValue()
            }
            return nil
        }
    }

    /// This item with an id as its first member; every other member as it is. An id that is not a string goes.
    package func withID(_ id: String) -> RawJSON {
        guard isObject else { return self }
        var json = JSONWriter(reserving: bytes.count + id.utf8.count + 16)
        json.beginObject()
        json.key("id")
        json.value(id)
        if self["id"] == nil {
            // All that stands between the braces, as it is.
            let rest = bytes[1...].drop { $0 == 0x20 || $0 == 0x0A || $0 == 0x0D || $0 == 0x09 }
            if rest.first != UInt8(ascii: "}") { json.bytes.append(UInt8(ascii: ",")) }
            json.bytes.append(contentsOf: rest)
        } else {
            forEachMember { key, value in
                guard key != "id" else { return }
                json.key(key)
                json.value(value)
            }
            json.endObject()
        }
        return json.raw
    }
}

extension RawJSON {
    /// Whether this output item's id is the one its place has by the rule of `ItemIDs`, whatever its prefix.
    ///
    /// Compares bytes, as it is asked of every item that is stored.
    package func hasMadeID(of response: ResponseID, at index: Int) -> Bool {
        guard isObject else { return false }
        let isMade = try? bytes.scanned { (scanner) throws(JSONError) -> Bool in
            try scanner.beginObject()
            while let key = try scanner.nextKey() {
                guard scanner.matches(key, "id") else {
                    try scanner.skipValue()
                    continue
                }
                guard scanner.peek() == UInt8(ascii: "\"") else { return false }
                let span = try scanner.scanString()
                return !span.hasEscapes && Self.isMade(scanner.bytes(span.range), stem: ItemIDs.stem(of: response), index)
            }
            return false
        }
        return isMade == true
    }

    private static func isMade(_ id: UnsafeBufferPointer<UInt8>, stem: Substring, _ index: Int) -> Bool {
        let underscore = UInt8(ascii: "_")
        guard let first = id.firstIndex(of: underscore) else { return false }
        let rest = id[(first + 1)...]
        let length = stem.utf8.count
        guard rest.count > length + 1, rest.starts(with: stem.utf8), rest[rest.startIndex + length] == underscore else {
            return false
        }
        let digits = rest[(rest.startIndex + length + 1)...]
        // Compared from the last digit, without making a text of the number.
        var number = index
        for digit in digits.reversed() {
            guard digit == UInt8(ascii: "0") + UInt8(number % 10) else { return false }
            number /= 10
        }
        return number == 0 && (digits.count == 1 || digits.first != UInt8(ascii: "0"))
    }
}
