import ResponsesAPI
import ResponsesCore
import ResponsesEngine

/// The simplest dialect that has what makes dialects hard: it merges what the assistant says in a row into one message.
///
/// A conversation becomes lines such as `<user>hello</user>` and `<assistant>text "hi" · call get_time({})</assistant>`.
/// Equal conversations have equal texts, and a lost, doubled or reordered item shows.
public struct ListDialect: Dialect {
    public let name: String

    public init(name: String = "list") { self.name = name }

    public func extend(_ parent: ListPrompt?, with items: [Item]) throws(APIError) -> ListPrompt {
        var closed: [UInt8] = []
        var open = parent?.open
        for (index, item) in items.enumerated() {
            let (role, text) = try Self.line(item, index: index)
            if role == "assistant", let before = open {
                open = before + " · " + text
                continue
            }
            if let before = open { closed += Array("<assistant>\(before)</assistant>\n".utf8) }
            open = role == "assistant" ? text : nil
            if role != "assistant" { closed += Array("<\(role)>\(text)</\(role)>\n".utf8) }
        }
        // What grew in steps has room behind it, which nobody counts.
        return ListPrompt(after: parent, closed: closed.withoutRoom, open: open, dialect: name)
    }

    public func leavesOut(_ tool: Tool) -> Bool { !tool.isCallable }

    private static func line(_ item: Item, index: Int) throws(APIError) -> (role: String, text: String) {
        switch item.body {
        case .message(let message): (message.role.rawValue, message.content.map(part).joined(separator: " + "))
        case .call(let call): ("assistant", "call \(call.callID) \(call.name)(\(escaped(call.input)))")
        case .callOutput(let output): ("tool", "\(output.callID): \(output.output.map(part).joined(separator: " + "))")
        case .reasoning(let reasoning): ("assistant", "think \(reasoning.content.map(part).joined(separator: " + "))")
        case .reference, .compaction, .other:
            // What cannot be written down is refused, as a real dialect would.
            throw .wrongValue("input[\(index)].type", "the list dialect cannot write items of type '\(item.type)'.")
        }
    }

    private static func part(_ part: ContentPart) -> String { part.text.map(escaped) ?? "(other)" }

    private static func escaped(_ text: JSONText) -> String { "\"\(String(decoding: text.escaped, as: UTF8.self))\"" }
}
