import ResponsesAPI

extension JSONText {
    /// Whether it is nothing but white space.
    var isBlank: Bool { Self.isBlank(escaped[...]) }

    /// The same of escaped bytes.
    static func isBlank(_ escaped: ArraySlice<UInt8>) -> Bool {
        var isAfterBackslash = false
        for byte in escaped {
            if isAfterBackslash {
                guard [UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t")].contains(byte) else { return false }
                isAfterBackslash = false
            } else if byte == UInt8(ascii: "\\") {
                isAfterBackslash = true
            } else if byte != UInt8(ascii: " ") {
                return false
            }
        }
        return true
    }
}
