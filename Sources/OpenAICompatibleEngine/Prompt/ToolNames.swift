/// Names of functions as Chat Completions engines take them: at most 64 characters, without namespaces.
enum ToolNames {
    static let lengthMax = 64

    /// The name on the wire: `namespace__name` for a namespaced function, cut and marked with a hash when too long.
    ///
    /// A pure function of its arguments, so calls in the history and tools in the request agree without a table.
    static func onWire(_ name: String, namespace: String?) -> String {
        let full = namespace.map { "\($0)__\(name)" } ?? name
        guard full.utf8.count > lengthMax else { return full }
        // Names are ASCII (responses-api 5), so characters are bytes.
        return "\(full.prefix(lengthMax - 9))_\(hash(full))"
    }

    /// Eight hexadecimal digits of FNV-1a, which gives the same value in every process.
    private static func hash(_ text: String) -> String {
        var value: UInt32 = 0x811C_9DC5
        for byte in text.utf8 { value = (value ^ UInt32(byte)) &* 0x0100_0193 }
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }
}
