import ResponsesAPI

/// Which tools may or must be called (chat-completions 5).
enum ChatToolChoice {
    static func read(_ json: RawJSON, among tools: ToolSet) throws(APIError) -> ToolChoice {
        if let word = json.stringValue {
            switch word {
            case "auto": return .auto
            case "none": return .none
            // "any" is what clients of some gateways say.
            case "required", "any": return .required
            default: throw .wrongValue("tool_choice", "supported are 'auto', 'none', 'required' and objects.")
            }
        }
        guard json.isObject else { throw .wrongType("tool_choice", expected: "a string or an object") }
        switch json["type"]?.stringValue {
        case "allowed_tools": return try allowed(json["allowed_tools"] ?? json, among: tools)
        case "function", "custom", nil:
            let tool = try named(json, "tool_choice")
            try check(tool.name, among: tools, "tool_choice.\(tool.type).name")
            return .tool(type: tool.type, name: tool.name)
        default: throw .wrongValue("tool_choice.type", "supported are 'function', 'custom' and 'allowed_tools'.")
        }
    }

    /// The older form.
    static func read(functionCall json: RawJSON, among tools: ToolSet) throws(APIError) -> ToolChoice {
        switch json.stringValue {
        case "auto": return .auto
        case "none": return .none
        case nil where json.isObject:
            guard let name = json["name"]?.stringValue else { throw .missing("function_call.name") }
            try check(name, among: tools, "function_call.name")
            return .tool(type: "function", name: name)
        default: throw .wrongValue("function_call", "supported are 'auto', 'none' and an object with a name.")
        }
    }

    private static func allowed(_ json: RawJSON, among tools: ToolSet) throws(APIError) -> ToolChoice {
        let path = "tool_choice.allowed_tools"
        guard let mode = ToolChoice.Mode(rawValue: json["mode"]?.stringValue ?? "auto") else {
            throw .wrongValue("\(path).mode", "supported are 'auto' and 'required'.")
        }
        guard let list = json["tools"], list.isArray else { throw .missing("\(path).tools") }
        let elements = list.elements
        guard (1...128).contains(elements.count) else { throw .wrongValue("\(path).tools", "1 to 128 tools are allowed.") }
        var names: [ToolChoice.Allowed] = []
        for (index, element) in elements.enumerated() {
            let tool = try named(element, "\(path).tools[\(index)]")
            try check(tool.name, among: tools, "\(path).tools[\(index)].\(tool.type).name")
            names.append(ToolChoice.Allowed(type: tool.type, name: tool.name))
        }
        return .allowed(mode: mode, names: names)
    }

    private static func named(_ json: RawJSON, _ path: String) throws(APIError) -> (type: String, name: String) {
        let type = json["type"]?.stringValue ?? "function"
        // Flat is the habit of Responses; it can be meant in one way only.
        guard let name = (json[type]?["name"] ?? json["name"])?.stringValue else { throw .missing("\(path).\(type).name") }
        return (type, name)
    }

    private static func check(_ name: String, among tools: ToolSet, _ path: String) throws(APIError) {
        guard tools.callable(named: name) == nil else { return }
        throw .wrongValue(path, "no tool of the name '\(name.prefix(128))' is offered. Name one of the request's tools.")
    }
}
