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
        /// Where the tool of a name stands in `all`.
        private var places: [String: Int] = [:]
        /// By its place, what a namespace has by now. Written down at the end, as thousands of items may bring parts of one.
        private var members: [Int: Merge] = [:]
        private(set) var hasGrown = false

        init(_ known: RawJSON?) {
            all = known?.elements ?? []
            for (place, tool) in all.enumerated() { places[Self.name(tool)] = place }
        }

        mutating func add(_ tool: RawJSON) throws(APIError) {
            let name = Self.name(tool)
            guard let place = places[name] else {
                places[name] = all.count
                all.append(tool)
                hasGrown = true
                return
            }
            if all[place].bytes == tool.bytes { return }
            // A search brings some members of a namespace, another one others.
            guard Self.isNamespace(tool), Self.isNamespace(all[place]) else { throw Self.twoMeanings }
            // Taken out while it grows, so that it has one holder.
            var own = members.removeValue(forKey: place) ?? Merge(all[place]["tools"])
            for member in tool["tools"]?.elements ?? [] { try own.add(member) }
            hasGrown = hasGrown || own.hasGrown
            members[place] = consume own
        }

        func tools() throws(APIError) -> ToolSet { try ToolSet(json) }

        private var json: RawJSON {
            var json = JSONWriter(reserving: all.reduce(2) { $0 + $1.bytes.count + 1 })
            json.beginArray()
            for (place, tool) in all.enumerated() {
                if let own = members[place], own.hasGrown { json.value(tool.replacing(tools: own.json)) } else { json.value(tool) }
            }
            json.endArray()
            return json.raw
        }

        /// Tools without a name are one of their kind.
        private static func name(_ tool: RawJSON) -> String { tool["name"]?.stringValue ?? "type \(tool["type"]?.stringValue ?? "")" }

        private static func isNamespace(_ tool: RawJSON) -> Bool { tool["type"]?.stringValue == "namespace" }

        private static var twoMeanings: APIError {
            .invalidRequest(
                .invalidValue, "A tool of this conversation has this name already, and another meaning. Give it another name.",
                param: "tools")
        }
    }
}

extension RawJSON {
    /// This namespace with other members.
    fileprivate func replacing(tools: RawJSON) -> RawJSON {
        var json = JSONWriter(reserving: bytes.count + tools.bytes.count)
        json.beginObject()
        forEachMember { key, value in
            if key == "tools" { return }
            json.key(key)
            json.value(value)
        }
        json.key("tools")
        json.value(tools)
        json.endObject()
        return json.raw
    }
}
