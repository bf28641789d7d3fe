import ResponsesAPI

/// Names of functions as Chat Completions engines take them: at most 64 characters, without namespaces.
enum ToolNames {
    static let lengthMax = 64

    /// The name on the wire: `namespace__name` for a namespaced tool, cut and marked with a hash when too long.
    ///
    /// A pure function of its arguments, so calls in the history and tools in the request agree without a table.
    static func onWire(_ name: String, namespace: String?) -> String {
        let full = qualifier(namespace).map { "\($0)__\(name)" } ?? name
        guard full.utf8.count > lengthMax else { return full }
        return marked(full, by: full)
    }

    /// The name of a tool whose name on the wire another tool has already.
    static func onWire(_ name: String, namespace: String?, besides kind: Item.ToolCall.Kind) -> String {
        // What no name has keeps apart what is put together here.
        marked(onWire(name, namespace: namespace), by: "\(kind.toolType) \(qualifier(namespace) ?? "") \(name)")
    }

    /// The namespace that is part of a name: all functions are in `functions` anyway (codex 4).
    static func qualifier(_ namespace: String?) -> String? { namespace == "functions" ? nil : namespace }

    private static func marked(_ name: String, by whole: String) -> String {
        // Names are ASCII (responses-api 5), so characters are bytes.
        "\(name.prefix(lengthMax - 9))_\(hash(whole))"
    }

    /// Eight hexadecimal digits of FNV-1a, which gives the same value in every process.
    private static func hash(_ text: String) -> String {
        var value: UInt32 = 0x811C_9DC5
        for byte in text.utf8 { value = (value ^ UInt32(byte)) &* 0x0100_0193 }
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }
}
