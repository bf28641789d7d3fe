import ResponsesAPI
import ResponsesEngine

/// A type of item or tool that the engine's dialect cannot write down, so that the model does not see it. For the log.
public struct LeftOut: Hashable, Sendable {
    public enum Kind: String, Sendable { case item, tool }

    public var kind: Kind
    /// The type as the client spelled it, such as `web_search`; `other` when it is not spelled like a type.
    public var type: String

    init(_ kind: Kind, _ type: String?) {
        self.kind = kind
        // Clients choose it freely, and the log must not carry what they say.
        let isPlain = (type ?? "").utf8.allSatisfy { byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                || byte == UInt8(ascii: "_")
        }
        self.type = type.map { isPlain && (1...40).contains($0.utf8.count) ? $0 : "other" } ?? "other"
    }

    /// A few say enough, and a request can hold a hundred thousand items or tools.
    private static var typesMax: Int { 16 }

    /// What a dialect leaves out of a turn.
    ///
    /// - Parameter tools: its own and those that items brought.
    static func of(_ input: [Item], _ tools: ToolSet, _ dialect: any Dialect) -> [LeftOut] {
        var found: [LeftOut] = []
        for item in input where dialect.leavesOut(item) {
            let leftOut = LeftOut(.item, item.type)
            if !found.contains(leftOut) { found.append(leftOut) }
            if found.count == typesMax { return found }
        }
        for tool in tools.tools {
            for type in types(of: tool, thatAreLeftOutBy: dialect) {
                let leftOut = LeftOut(.tool, type)
                if !found.contains(leftOut) { found.append(leftOut) }
                if found.count == typesMax { return found }
            }
        }
        return found
    }

    /// Of a namespace, those in it.
    private static func types(of tool: Tool, thatAreLeftOutBy dialect: any Dialect) -> [String] {
        switch tool {
        case .function: dialect.leavesOut(tool) ? ["function"] : []
        case .custom: dialect.leavesOut(tool) ? ["custom"] : []
        case .other(let type, _): dialect.leavesOut(tool) ? [type] : []
        case .namespace(let namespace):
            dialect.leavesOut(tool)
                ? ["namespace"]
                : namespace.others.compactMap { if case .other(let type, _) = $0 { type } else { nil } }
        }
    }
}
