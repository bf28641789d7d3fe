import Synchronization

/// The tools of a request, read once and shared by every turn that sends the same bytes.
///
/// Clients resend their tools with every turn, often tens of kilobytes. A turn whose bytes equal an earlier turn's reuses
/// this value instead of copying, parsing and rendering them again. What engines made of the tools lives and dies with
/// it.
public final class ToolSet: Sendable {
    /// The array as the client sent it.
    public let json: RawJSON
    /// The array as responses echo it: function tools have all their fields, secrets of `mcp` tools are gone.
    public let echo: RawJSON
    /// Whether there is no tool at all.
    public let isEmpty: Bool
    /// The tools of a set that is not large.
    private let kept: [Tool]?
    /// What this takes but for renderings, in bytes.
    private let ownBytes: Int
    private let made = Mutex<[Made]>([])
    /// What the renderings take, in bytes.
    private let madeBytes = Atomic<Int>(0)

    /// A rendering, and who made it.
    private struct Made {
        var name: String
        var rendering: any ToolRendering
    }

    /// Of larger sets, in bytes of JSON, the tools are read again when they are asked for: they are a copy of the whole,
    /// and after its rendering nobody needs them. Those of usual agents are smaller.
    private static var keptBytesMax: Int { 256 << 10 }
    /// Renderings of one set: a chain that moves between engines of more kinds has them made again.
    private static var renderingsMax: Int { 4 }

    public static let empty = ToolSet()

    private init() {
        json = .emptyArray
        echo = .emptyArray
        isEmpty = true
        kept = []
        ownBytes = Self.bytes(json, echo, kept)
    }

    /// Reads the `tools` array of a request.
    ///
    /// - Throws: `APIError` naming the field, such as `tools[3].name`.
    public init(_ json: RawJSON) throws(APIError) {
        guard json.isArray else { throw .wrongType("tools", expected: "an array") }
        let isKept = json.bytes.count <= Self.keptBytesMax
        var tools: [Tool] = []
        var count = 0
        // Room for the members that clients leave out.
        var echo = JSONWriter(reserving: json.bytes.count + json.bytes.count / 16 + 64)
        echo.beginArray()
        try Self.read(json) { (tool, bytes) in
            count += 1
            if isKept { tools.append(tool) }
            tool.writeEcho(bytes, to: &echo)
        }
        echo.endArray()
        self.json = json
        // Clients that send every field in this order need no second copy.
        let isSame = echo.bytes.withUnsafeBufferPointer { json.isEqual(to: $0) }
        self.echo = isSame ? json : RawJSON(validated: echo.bytes.withoutRoom)
        isEmpty = count == 0
        kept = isKept ? tools : nil
        ownBytes = Self.bytes(json, self.echo, kept)
    }

    /// The tools in order. Of a large set they are read anew each time: ask once.
    public var tools: [Tool] {
        if let kept { return kept }
        var tools: [Tool] = []
        // They were read when the set was made, so they can be read again.
        try? Self.read(json) { (tool, _) in tools.append(tool) }
        return tools
    }

    private static func read(
        _ json: RawJSON, _ take: (Tool, UnsafeBufferPointer<UInt8>) -> Void
    ) throws(APIError) {
        do throws(APIError) {
            try json.bytes.scanned { (scanner) throws(APIError) in
                try scanner.elements { (scanner, _) throws(APIError) in
                    _ = scanner.peek()
                    let start = scanner.position
                    let tool = try Tool(&scanner)
                    take(tool, scanner.bytes(start..<scanner.position))
                }
            }
        } catch {
            throw error.under("tools")
        }
    }

    // MARK: Renderings and memory

    /// What the set takes in memory with what was made of it, in bytes. Changes when a rendering is made; cheap to read.
    public var byteCount: Int { ownBytes + madeBytes.load(ordering: .relaxed) }

    /// What was made of the set under a name; nil when that was not asked for yet.
    public func rendering<Rendering: ToolRendering>(named name: String, as type: Rendering.Type) -> Rendering? {
        made.withLock { made in
            for one in made where one.name == name { if let rendering = one.rendering as? Rendering { return rendering } }
            return nil
        }
    }

    /// What `make` makes of the set, made once and kept as long as the set.
    ///
    /// - Parameter name: tells renderings of one type apart, such as those of two dialects.
    public func rendering<Rendering: ToolRendering>(named name: String, _ make: (ToolSet) -> Rendering) -> Rendering {
        if let known = rendering(named: name, as: Rendering.self) { return known }
        // Outside of the lock: it may take a while. Of two that are made at one time the first stays.
        let new = make(self)
        let (rendering, dropped) = made.withLock { made -> (Rendering, (any ToolRendering)?) in
            for one in made where one.name == name { if let known = one.rendering as? Rendering { return (known, nil) } }
            let dropped = made.count < Self.renderingsMax ? nil : made.removeFirst().rendering
            made.append(Made(name: name, rendering: new))
            madeBytes.store(made.reduce(0) { $0 + $1.rendering.byteCount }, ordering: .relaxed)
            return (new, dropped)
        }
        _ = consume dropped
        return rendering
    }

    /// The object with its lock.
    private static var overheadBytes: Int { 160 }

    private static func bytes(_ json: RawJSON, _ echo: RawJSON, _ tools: [Tool]?) -> Int {
        var bytes = overheadBytes + json.bytes.allocatedBytes
        if !json.isSame(as: echo) { bytes += echo.bytes.allocatedBytes }
        if let tools, !tools.isEmpty {
            bytes += tools.capacity * MemoryLayout<Tool>.stride + 48
            for tool in tools { bytes += tool.allocatedBytes }
        }
        return bytes
    }

    /// Tools for a client to offer.
    ///
    /// - Throws: `APIError` naming the field that the API would refuse.
    public convenience init(_ tools: [Tool]) throws(APIError) {
        var array = JSONWriter()
        array.beginArray()
        for tool in tools { tool.write(to: &array) }
        array.endArray()
        try self.init(array.raw)
    }

    /// The function or custom tool called `name`, with its namespace.
    public func callable(named name: String) -> (tool: Tool, namespace: String?)? {
        for tool in tools {
            switch tool {
            case .function(let function) where function.name == name: return (tool, nil)
            case .custom(let custom) where custom.name == name: return (tool, nil)
            case .namespace(let namespace):
                if let function = namespace.functions.first(where: { $0.name == name }) {
                    return (.function(function), namespace.name)
                }
                for case .custom(let custom) in namespace.others where custom.name == name {
                    return (.custom(custom), namespace.name)
                }
            default: continue
            }
        }
        return nil
    }
}

extension Tool {
    /// Writes the tool as a client sends it: only what is set.
    package func write(to json: inout JSONWriter) {
        switch self {
        case .function(let tool):
            json.beginTool("function", name: tool.name)
            json.member("description", ifSet: tool.description)
            json.member("parameters", ifSet: tool.parameters)
            json.member("strict", ifSet: tool.strict)
            json.endTool(tool.extra)
        case .custom(let tool):
            json.beginTool("custom", name: tool.name)
            json.member("description", ifSet: tool.description)
            json.member("format", ifSet: tool.format)
            json.endTool(tool.extra)
        case .namespace(let tool):
            json.beginTool("namespace", name: tool.name)
            json.member("description", ifSet: tool.description)
            json.key("tools")
            json.beginArray()
            for function in tool.functions { Tool.function(function).write(to: &json) }
            for other in tool.others { other.write(to: &json) }
            json.endArray()
            json.endTool(tool.extra)
        case .other(_, let raw): json.value(raw)
        }
    }

    /// "A function tool is echoed with type, name, description, parameters, and strict all present"
    /// (responses-api 3).
    fileprivate func writeEcho(_ bytes: UnsafeBufferPointer<UInt8>, to json: inout JSONWriter) {
        switch self {
        case .function(let tool):
            json.beginTool("function", name: tool.name)
            json.key("description")
            json.value(tool.description)
            json.key("parameters")
            json.value(tool.parameters)
            json.key("strict")
            json.value(tool.strict)
            json.endTool(tool.extra)
        case .other(type: "mcp", let raw):
            // "Never echo headers or authorization back" (responses-api 5).
            json.beginObject()
            raw.forEachMember { key, value in
                if key != "headers", key != "authorization" {
                    json.key(key)
                    json.value(value)
                }
            }
            json.endObject()
        default: json.value(validated: bytes)
        }
    }
}

extension JSONWriter {
    fileprivate mutating func beginTool(_ type: StaticString, name: String) {
        beginObject()
        key("type")
        value(literal: type)
        key("name")
        value(name)
    }

    fileprivate mutating func endTool(_ extra: [JSONMember]) {
        members(extra)
        endObject()
    }
}
