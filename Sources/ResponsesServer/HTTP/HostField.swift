/// The grammar of `Host`: a name or an address, and perhaps a port (RFC 9110 section 7.2, RFC 3986 section 3.2.2).
enum HostField {
    /// Whether a value can name this server; the empty one cannot.
    static func isValid(_ value: String) -> Bool {
        var value = value
        return value.withUTF8 { isValid($0[...]) }
    }

    private typealias Bytes = Slice<UnsafeBufferPointer<UInt8>>

    private static func isValid(_ value: Bytes) -> Bool {
        var rest = value
        let isName = rest.first == UInt8(ascii: "[") ? takeAddress(&rest) : takeName(&rest)
        guard isName else { return false }
        return rest.isEmpty || isPort(rest)
    }

    /// An address in brackets.
    private static func takeAddress(_ rest: inout Bytes) -> Bool {
        guard let end = rest.firstIndex(of: UInt8(ascii: "]")) else { return false }
        let address = rest[rest.index(after: rest.startIndex)..<end]
        rest = rest[rest.index(after: end)...]
        return !address.isEmpty && address.allSatisfy { isNameByte($0) || $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: "%") }
    }

    private static func takeName(_ rest: inout Bytes) -> Bool {
        var count = 0
        while let byte = rest.first, byte != UInt8(ascii: ":") {
            rest = rest.dropFirst()
            count += 1
            if byte == UInt8(ascii: "%") {
                guard rest.prefix(2).count == 2, rest.prefix(2).allSatisfy(isHex) else { return false }
                rest = rest.dropFirst(2)
            } else if !isNameByte(byte) {
                return false
            }
        }
        return count > 0
    }

    /// A colon and a number, which may be empty.
    private static func isPort(_ rest: Bytes) -> Bool {
        rest.first == UInt8(ascii: ":") && rest.count <= 6
            && rest.dropFirst().allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }

    /// Letters, digits and the marks of a registered name.
    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: marks.contains(byte)
        }
    }

    private static func isHex(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"), UInt8(ascii: "A")...UInt8(ascii: "F"): true
        default: false
        }
    }

    private static let marks = Array("-._~!$&'()*+,;=".utf8)
}
