import ResponsesAPI

extension RawJSON {
    /// This item's own id; nil when it has none, or `null`, or an empty one, which could not be asked for.
    ///
    /// Reads as far as the id, which comes early in items of this server.
    package var givenID: String? {
        guard let (range, hasEscapes) = stringRange("id"), !range.isEmpty else { return nil }
        return hasEscapes ? self["id"]?.stringValue : String(decoding: bytes[range], as: UTF8.self)
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
    ///
    /// - Parameter stem: `ItemIDs.stem` of the response's id.
    package func hasMadeID(stem: UnsafeBufferPointer<UInt8>, at index: Int) -> Bool {
        guard let (range, hasEscapes) = stringRange("id"), !hasEscapes else { return false }
        return bytes.withUnsafeBufferPointer { bytes in
            let id = UnsafeBufferPointer(rebasing: bytes[range])
            let underscore = UInt8(ascii: "_")
            guard let first = id.firstIndex(of: underscore) else { return false }
            // `<prefix>_<stem>_<digits>`
            let second = first + 1 + stem.count
            guard second + 1 < id.count, id[second] == underscore else { return false }
            for offset in 0..<stem.count where id[first + 1 + offset] != stem[offset] { return false }
            // Compared from the last digit, without making a text of the number.
            var number = index
            var at = id.count
            repeat {
                at -= 1
                guard at > second, id[at] == UInt8(ascii: "0") + UInt8(number % 10) else { return false }
                number /= 10
            } while number > 0
            return at == second + 1
        }
    }
}
