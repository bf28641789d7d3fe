import ResponsesAPI

/// A call in an assistant's message.
struct ChatCall: Sendable {
    var id: String
    /// As it is on the wire.
    var name: String
    /// JSON as text.
    var arguments: JSONText
}

extension ChatCall {
    init(_ call: Item.ToolCall) {
        id = call.callID
        name = ToolNames.onWire(call.name, namespace: call.namespace)
        switch call.kind {
        case .function, .clientRun: arguments = Self.isObject(call.input) ? call.input : JSONText("{}")
        case .custom:
            // {"input": "…"}, whose text is JSON and is escaped once more as a member of this one.
            var bytes = Array(#"{"input":""#.utf8)
            bytes.append(contentsOf: call.input.escaped)
            bytes.append(contentsOf: #""}"#.utf8)
            arguments = JSONText(String(decoding: bytes, as: UTF8.self))
        }
    }

    /// Templates take arguments apart: a call that was cut off, or `null` as vLLM was seen to write, would fail them.
    private static func isObject(_ arguments: JSONText) -> Bool {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(arguments.escaped.count)
        arguments.escaped.withUnsafeBufferPointer { JSONEscapes.unescape($0, into: &bytes) }
        return bytes.scanned { scanner in
            guard scanner.peek() == UInt8(ascii: "{") else { return false }
            return (try? scanner.skipValue()) != nil && (try? scanner.expectEnd()) != nil
        }
    }
}
