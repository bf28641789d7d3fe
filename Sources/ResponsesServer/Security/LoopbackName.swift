/// The names by which only this machine can be meant.
enum LoopbackName {
    static func contains(_ host: some StringProtocol) -> Bool {
        host == "localhost" || host == "::1" || isLoopbackIPv4(host)
    }

    /// All of 127.0.0.0/8 (RFC 1122 section 3.2.1.3), and nothing that merely looks so: anybody may own `127.evil.example`.
    private static func isLoopbackIPv4(_ host: some StringProtocol) -> Bool {
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127"
            && parts.allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy(digits.contains) && UInt8($0) != nil }
    }

    private static let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
}
