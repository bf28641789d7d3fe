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
