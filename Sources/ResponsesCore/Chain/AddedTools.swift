import ResponsesAPI

/// Tools that items bring into a conversation: `additional_tools`, as Codex sends its own once for a chain, and what the client's
/// search for tools found. They count from there on, beside those of each request.
///
/// The names of a namespace `functions` are plain: it is the one that functions are in anyway.
enum AddedTools {
    /// The tools of a chain with further items.
    ///
    /// - Returns: `before` itself where they bring nothing new.
    /// - Throws: `APIError` with the field's path within `items`, for what is no tool, and for one name with two meanings.
    static func extended(_ before: ToolSet?, by items: [Item]) throws(APIError) -> ToolSet? {
        var merge: Merge?
        for (index, item) in items.enumerated() where item.bringsTools {
            // Taken out while it grows, so that it has one holder: there may be thousands of such items.
            var current = merge.take() ?? Merge(before?.json)
            do throws(APIError) {
                let tools = item.json["tools"]
                guard item.type != "additional_tools" || tools?.isArray == true else { throw .wrongType("tools", expected: "an array") }
                for tool in plain(tools) { try current.add(tool) }
            } catch {
                throw error.under("input[\(index)]")
            }
            merge = consume current
        }
        guard let merge, merge.hasGrown else { return before }
        return try merge.tools()
    }

    /// A request's own tools with those of its chain.
    static func merged(_ own: ToolSet, _ added: ToolSet?) throws(APIError) -> ToolSet {
        guard let added else { return own }
        if own.isEmpty { return added }
        var merge = Merge(own.json)
        for tool in added.json.elements { try merge.add(tool) }
        return merge.hasGrown ? try merge.tools() : own
    }

    private static func plain(_ tools: RawJSON?) -> [RawJSON] {
        (tools?.elements ?? []).flatMap { tool in
            let isPlain = tool["type"]?.stringValue == "namespace" && tool["name"]?.stringValue == "functions"
            return isPlain ? tool["tools"]?.elements ?? [] : [tool]
        }
    }

    private struct Merge {
        private var all: [RawJSON]
        private var byName: [String: RawJSON] = [:]
        private(set) var hasGrown = false

        init(_ known: RawJSON?) {
            all = known?.elements ?? []
            for tool in all { byName[Self.name(tool)] = tool }
        }

        mutating func add(_ tool: RawJSON) throws(APIError) {
            let name = Self.name(tool)
            if let known = byName[name] {
                if known.bytes == tool.bytes { return }
                throw .invalidRequest(
                    .invalidValue, "A tool of this conversation has this name already, and another meaning. Give it another name.",
                    param: "tools")
            }
            byName[name] = tool
            all.append(tool)
            hasGrown = true
        }

        func tools() throws(APIError) -> ToolSet {
            var json = JSONWriter(reserving: all.reduce(2) { $0 + $1.bytes.count + 1 })
            json.beginArray()
            for tool in all { json.value(tool) }
            json.endArray()
            return try ToolSet(json.raw)
        }

        /// Tools without a name are one of their kind.
        private static func name(_ tool: RawJSON) -> String { tool["name"]?.stringValue ?? "type \(tool["type"]?.stringValue ?? "")" }
    }
}
