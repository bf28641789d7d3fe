import ResponsesAPI

extension APIError {
    /// The same error with its field under another name, in its message as well.
    func renamed(_ rename: (String) -> String) -> APIError {
        guard let param else { return self }
        let new = rename(param)
        if new == param { return self }
        var error = self
        error.param = new
        error.message = message.replacing("'\(param)'", with: "'\(new)'")
        return error
    }
}

extension String {
    func replacingPrefix(_ prefix: String, with other: String) -> String { hasPrefix(prefix) ? other + dropFirst(prefix.count) : self }

    /// With another text wherever `part` stands, whatever the case of its letters.
    func replacing(_ part: String, with other: String, ignoringCase: Bool = false) -> String {
        let wanted = Array((ignoringCase ? part.lowercased() : part).utf8)
        let bytes = Array(utf8)
        let fold = { (byte: UInt8) in ignoringCase && (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte }
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var place = 0
        while place < bytes.count {
            if bytes.count - place >= wanted.count, zip(bytes[place...], wanted).allSatisfy({ fold($0) == $1 }) {
                result.append(contentsOf: other.utf8)
                place += wanted.count
            } else {
                result.append(bytes[place])
                place += 1
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
