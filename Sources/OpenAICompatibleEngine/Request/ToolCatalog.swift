import NIOCore
import ResponsesAPI
import ResponsesEngine

/// A tool set as this engine offers it: each function in Chat form, and the way back from its name.
///
/// Built-in tools that the client runs are functions for an engine; those of the server are left out, as it cannot run them. Of two
/// tools that would get one name, such as `c` of the namespace `a__b` and `b__c` of `a`, the second is marked; calls of it in a history
/// have the name without the mark. A tool that comes twice is offered once.
final class ToolCatalog: ToolRendering {
    struct Entry: Sendable {
        let wireName: String
        let name: String
        /// Where the tool stands in the array.
        let place: Range<Int>
    }

    let entries: [Entry]
    /// The way back: how calls begin for the client, by the name on the wire.
    let heads: [String: ToolCallHead]
    /// The whole `tools` array; nil when nothing is left to offer.
    let json: ByteBuffer?
    let byteCount: Int

    /// - Parameter strict: when `strict` is sent.
    init(_ tools: ToolSet, strict: EngineProfile.Strict = .whenTrue) {
        var entries: [Entry] = []
        var heads: [String: ToolCallHead] = [:]
        var json = JSONWriter(reserving: tools.json.bytes.count + tools.json.bytes.count / 8 + 64)
        func add(_ kind: Item.ToolCall.Kind, _ name: String, in namespace: String?, _ write: (inout JSONWriter, String) -> Void) {
            let namespace = ToolNames.qualifier(namespace)
            var wireName = ToolNames.onWire(name, namespace: namespace)
            if let other = heads[wireName] {
                if other == ToolCallHead(kind: kind, name: name, namespace: namespace) { return }
                wireName = ToolNames.onWire(name, namespace: namespace, besides: kind)
                guard heads[wireName] == nil else { return }
            }
            heads[wireName] = ToolCallHead(kind: kind, name: name, namespace: namespace)
            // The comma before it is none of the tool.
            let start = entries.isEmpty ? json.bytes.count : json.bytes.count + 1
            write(&json, wireName)
            entries.append(Entry(wireName: wireName, name: name, place: start..<json.bytes.count))
        }
        json.beginArray()
        for tool in tools.tools {
            switch tool {
            case .function(let function):
                add(.function, function.name, in: nil) {
                    $0.write(function, named: $1, description: function.description, strict)
                }
            case .custom(let custom):
                add(.custom, custom.name, in: nil) { $0.write(custom, named: $1) }
            case .namespace(let namespace):
                for function in namespace.functions {
                    add(.function, function.name, in: namespace.name) {
                        $0.write(function, named: $1, description: function.description ?? namespace.description, strict)
                    }
                }
                for case .custom(let custom) in namespace.others {
                    add(.custom, custom.name, in: namespace.name) { $0.write(custom, named: $1) }
                }
            case .other(let type, let raw):
                guard let builtIn = ClientRunTool(type: type, raw) else { continue }
                add(.clientRun(builtIn), builtIn.rawValue, in: nil) { $0.write(builtIn, as: raw, named: $1) }
            }
        }
        json.endArray()
        self.entries = entries
        self.heads = heads
        self.json = entries.isEmpty ? nil : ByteBuffer(bytes: json.bytes)
        byteCount = Self.bytes(entries, heads, self.json)
    }

    static let empty = ToolCatalog(.empty)

    /// The catalog of a set: made once, and gone with the set.
    static func of(_ tools: ToolSet, strict: EngineProfile.Strict = .whenTrue) -> ToolCatalog {
        tools.isEmpty ? .empty : tools.rendering(named: renderingName(strict)) { ToolCatalog($0, strict: strict) }
    }

    /// Whether `of(_:)` has nothing to make.
    static func isMade(of tools: ToolSet, strict: EngineProfile.Strict = .whenTrue) -> Bool {
        tools.isEmpty || tools.rendering(named: renderingName(strict), as: ToolCatalog.self) != nil
    }

    private static func renderingName(_ strict: EngineProfile.Strict) -> String {
        switch strict {
        case .whenTrue: "chat"
        case .asGiven: "chat+strict"
        case .leftOut: "chat-strict"
        }
    }

    /// The `tools` array of some of the entries.
    func array(_ entries: [Entry]) -> ByteBuffer {
        guard let json, !entries.isEmpty else { return ByteBuffer(string: "[]") }
        var array = ByteBufferAllocator().buffer(capacity: entries.reduce(2) { $0 + $1.place.count + 1 })
        for (index, entry) in entries.enumerated() {
            array.writeInteger(UInt8(ascii: index == 0 ? "[" : ","))
            if let tool = json.viewBytes(at: entry.place.lowerBound, length: entry.place.count) { array.writeBytes(tool) }
        }
        array.writeInteger(UInt8(ascii: "]"))
        return array
    }

    private static func bytes(_ entries: [Entry], _ heads: [String: ToolCallHead], _ json: ByteBuffer?) -> Int {
        // The object, and what stands before the elements of the array, the table and the buffer.
        var bytes = 320 + (json?.storageCapacity ?? 0) + entries.capacity * MemoryLayout<Entry>.stride
        // A table is at most three quarters full.
        bytes += heads.capacity * 4 / 3 * (MemoryLayout<String>.stride + MemoryLayout<ToolCallHead>.stride)
        // Of names in a namespace, which are not the tools' own strings. Short ones are held in place.
        for entry in entries where entry.wireName.utf8.count > 15 { bytes += entry.wireName.utf8.count + 48 }
        return bytes
    }
}

extension JSONWriter {
    fileprivate mutating func write(
        _ function: Tool.FunctionTool, named name: String, description: JSONText?, _ strict: EngineProfile.Strict
    ) {
        writeFunction(name, description) { json in
            json.key("parameters")
            if let parameters = function.parameters {
                json.value(parameters)
            } else {
                json.literal(#"{"type":"object","properties":{}}"#)
            }
            if let word = strict.word(for: function.strict) {
                json.key("strict")
                json.value(word)
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

    /// A built-in tool that the client runs, with the client's own words where it has some.
    fileprivate mutating func write(_ tool: ClientRunTool, as raw: RawJSON, named name: String) {
        let description = raw["description"]?.stringValue ?? tool.meaning
        let parameters = raw["parameters"].flatMap { $0.isObject ? $0 : nil } ?? tool.parameters
        writeFunction(name, JSONText(description)) { json in
            json.key("parameters")
            json.value(parameters)
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
