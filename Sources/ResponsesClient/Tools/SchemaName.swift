/// Names that the API takes, made of Swift's.
enum SchemaName {
    /// Whether a name of a tool, a schema or a definition may hold this byte: `A-Z a-z 0-9 _ -`.
    static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }

    /// 1 to 64 characters: `Array<City>` is `Array_City`.
    static func make(of type: any Any.Type) -> String {
        let underscore = UInt8(ascii: "_")
        var name: [UInt8] = []
        for byte in String(describing: type).utf8 {
            if isAllowed(byte) {
                name.append(byte)
            } else if let last = name.last, last != underscore {
                name.append(underscore)
            }
        }
        name = Array(name.prefix(64))
        while name.last == underscore { name.removeLast() }
        return name.isEmpty ? "output" : String(decoding: name, as: UTF8.self)
    }
}
