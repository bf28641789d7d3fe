/// The names by which only this machine can be meant.
enum LoopbackName {
    static func contains(_ host: some StringProtocol) -> Bool {
        isLoopbackIPv4(host) || host == "localhost" || host == "::1"
    }

    /// All of 127.0.0.0/8 (RFC 1122 section 3.2.1.3), and nothing that merely looks so: anybody may own `127.evil.example`.
    private static func isLoopbackIPv4(_ host: some StringProtocol) -> Bool {
        guard host.utf8.starts(with: "127.".utf8) else { return false }
        var number: Int?
        var numbers = 1
        for byte in host.utf8 {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                number = (number ?? 0) * 10 + Int(byte - UInt8(ascii: "0"))
                guard number ?? 0 <= UInt8.max else { return false }
            case UInt8(ascii: "."):
                guard number != nil else { return false }
                number = nil
                numbers += 1
            default: return false
            }
        }
        return number != nil && numbers == 4
    }
}
