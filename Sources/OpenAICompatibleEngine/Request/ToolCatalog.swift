import NIOCore
import ResponsesAPI
import ResponsesEngine

/// A tool set as this engine offers it: each function in Chat form, and the way back from its name.
///
/// Built-in tools are left out, as the engine cannot run them. Two tools that get one name: the first holds.
final class ToolCatalog: Sendable {
    struct Entry: Sendable {
        let wireName: String
        let name: String
        let json: [UInt8]
    }

    let entries: [Entry]
    /// The way back: how calls begin for the client, by the name on the wire.
    let heads: [String: ToolCallHead]
    /// The whole `tools` array; nil when nothing is left to offer.
    let json: ByteBuffer?

    init(_ tools: ToolSet) {
        var entries: [Entry] = []
        var heads: [String: ToolCallHead] = [:]
        func add(_ kind: Item.ToolCall.Kind, _ name: String, in namespace: String?, _ write: (inout JSONWriter, String) -> Void) {
            let wireName = ToolNames.onWire(name, namespace: namespace)
            guard heads[wireName] == nil else { return }
            heads[wireName] = ToolCallHead(kind: kind, name: name, namespace: namespace)
            var json = JSONWriter()
            write(&json, wireName)
            entries.append(Entry(wireName: wireName, name: name, json: json.bytes))
        }
        for tool in tools.tools {
            switch tool {
            case .function(let function):
                add(.function, function.name, in: nil) { $0.write(function, named: $1, description: function.description) }
            case .custom(let custom):
                add(.custom, custom.name, in: nil) { $0.write(custom, named: $1) }
            case .namespace(let namespace):
                for function in namespace.functions {
                    add(.function, function.name, in: namespace.name) {
                        $0.write(function, named: $1, description: function.description ?? namespace.description)
                    }
                }
            case .other: continue
            }
        }
        self.entries = entries
        self.heads = heads
        json = entries.isEmpty ? nil : ByteBuffer(bytes: Self.array(entries))
    }

    static let empty = ToolCatalog(.empty)

    /// The `tools` array of some of the entries.
    static func array(_ entries: [Entry]) -> [UInt8] {
        var bytes: [UInt8] = [UInt8(ascii: "[")]
        for (index, entry) in entries.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            bytes.append(contentsOf: entry.json)
        }
        bytes.append(UInt8(ascii: "]"))
        return bytes
    }
}

extension JSONWriter {
    fileprivate mutating func write(_ function: Tool.FunctionTool, named name: String, description: JSONText?) {
        writeFunction(name, description) { json in
            json.key("parameters")
            if let parameters = function.parameters {
                json.value(parameters)
            } else {
                json.literal(#"{"type":"object","properties":{}}"#)
            }
            if let strict = function.strict {
                json.key("strict")
                json.value(strict)
            }
        }
    }

    /// A custom tool becomes a function of one string. Its grammar goes into the description: Chat has no field for it.
    fileprivate mutating func write(_ custom: Tool.CustomTool, named name: String) {
        var description = custom.description ?? JSONText()
        if let format = custom.format, format["type"]?.stringValue == "grammar",
            let definition = format["definition"]?.stringValue
        {
            let syntax = format["syntax"]?.stringValue ?? "given"
            if !description.isEmpty { description.append("\n\n") }
            description.append(JSONText("The input must follow this \(syntax) grammar:\n\(definition)"))
        }
        writeFunction(name, description.isEmpty ? nil : description) { json in
            json.key("parameters")
            json.literal(
                #"{"type":"object","properties":{"input":{"type":"string"}},"required":["input"],"additionalProperties":false}"#)
        }
    }

    private mutating func writeFunction(_ name: String, _ description: JSONText?, rest: (inout JSONWriter) -> Void) {
        beginObject()
        key("type")
        value("function")
        key("function")
        beginObject()
        key("name")
        value(name)
        if let description {
            key("description")
            value(description)
        }
        rest(&self)
        endObject()
        endObject()
    }
}
