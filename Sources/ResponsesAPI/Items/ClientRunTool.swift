/// A built-in tool that the client runs, as it runs functions: the model calls it, the client answers (responses-api 4, 5).
///
/// Engines know functions only, so each has the form of one: its arguments are the member that its call item has for them.
public enum ClientRunTool: String, Sendable, Hashable, CaseIterable {
    case shell
    case localShell = "local_shell"
    case applyPatch = "apply_patch"
    case toolSearch = "tool_search"

    /// The tool that `json` offers; nil when the server is to run it, in a container or by itself.
    public init?(type: String, _ json: RawJSON) {
        guard let tool = ClientRunTool(rawValue: type) else { return nil }
        switch tool {
        case .localShell, .applyPatch: break
        case .shell:
            guard let kind = json["environment"]?["type"] else { break }
            if kind.isString, kind.stringValue != "local" { return nil }
        case .toolSearch: if json["execution"]?.stringValue != "client" { return nil }
        }
        self = tool
    }

    init?(callType: String) {
        switch callType {
        case "shell_call": self = .shell
        case "local_shell_call": self = .localShell
        case "apply_patch_call": self = .applyPatch
        case "tool_search_call": self = .toolSearch
        default: return nil
        }
    }

    init?(outputType: String) {
        switch outputType {
        case "shell_call_output": self = .shell
        case "local_shell_call_output": self = .localShell
        case "apply_patch_call_output": self = .applyPatch
        case "tool_search_output": self = .toolSearch
        default: return nil
        }
    }

    public var callType: String { rawValue + "_call" }
    public var outputType: String { self == .toolSearch ? "tool_search_output" : rawValue + "_call_output" }

    /// What ids of its calls begin with.
    public var idPrefix: String {
        switch self {
        case .shell: "sh_"
        case .localShell: "lsh_"
        case .applyPatch: "apc_"
        case .toolSearch: "tsc_"
        }
    }

    /// The member of a call that says what is to be done.
    package var payloadName: String {
        switch self {
        case .shell, .localShell: "action"
        case .applyPatch: "operation"
        case .toolSearch: "arguments"
        }
    }

    // MARK: As a function

    /// What an engine is told of it where the client says nothing.
    public var meaning: String {
        switch self {
        case .shell: "Runs commands in the user's shell, one after the other, and returns what each wrote and how it ended."
        case .localShell: "Runs one command on the user's machine, and returns what it wrote."
        case .applyPatch: "Creates, changes or deletes one file. 'diff' holds the new lines, each after '+', or hunks in V4A form."
        case .toolSearch: "Finds further tools, which can be called from then on."
        }
    }

    /// The arguments of the function, as a JSON schema.
    public var parameters: RawJSON {
        let schema: StaticString =
            switch self {
            case .shell:
                #"{"type":"object","properties":{"commands":{"type":"array","items":{"type":"string"},"description":"Commands for the shell."},"timeout_ms":{"type":"integer"},"max_output_length":{"type":"integer"}},"required":["commands"]}"#
            case .localShell:
                #"{"type":"object","properties":{"command":{"type":"array","items":{"type":"string"},"description":"The program and its arguments."},"working_directory":{"type":"string"},"timeout_ms":{"type":"integer"},"env":{"type":"object","additionalProperties":{"type":"string"}}},"required":["command"]}"#
            case .applyPatch:
                #"{"type":"object","properties":{"type":{"type":"string","enum":["create_file","update_file","delete_file"]},"path":{"type":"string"},"diff":{"type":"string"}},"required":["type","path"]}"#
            case .toolSearch:
                #"{"type":"object","properties":{"query":{"type":"string"}},"required":["query"]}"#
            }
        return schema.withUTF8Buffer { RawJSON(validated: Array($0)) }
    }

    /// The arguments that a call of the function would have had: what is null, or says nothing but the kind, is left out.
    func arguments(of payload: RawJSON) -> JSONText {
        // A client may play the arguments back as the text that they were.
        if let text = payload.stringValue { return JSONText(text) }
        var json = JSONWriter(reserving: payload.bytes.count)
        json.beginObject()
        payload.forEachMember { name, value in
            if value.isNull || self == .localShell && name == "type" { return }
            json.key(name)
            json.value(value)
        }
        json.endObject()
        return JSONText(json.raw.text)
    }

    /// The member of a call item, of what the model wrote as arguments.
    ///
    /// Models write a command as one text where a list is asked for, and put the operation into an object of that name.
    ///
    /// - Returns: the member as clients parse it; with nothing to do when the arguments are no object.
    package func payload(of arguments: JSONText) -> RawJSON {
        let bytes = Array(arguments.string.utf8)
        var given = (try? RawJSON(parsing: bytes)).flatMap { $0.isObject ? $0 : nil }
        if self == .applyPatch, let inner = given?["operation"], inner.isObject { given = inner }
        if self != .applyPatch, self != .toolSearch, let inner = given?["action"], inner.isObject { given = inner }
        var json = JSONWriter(reserving: bytes.count + 64)
        json.beginObject()
        var hasList = false
        if self == .localShell {
            json.key("type")
            json.value(literal: "exec")
        }
        let list = self == .shell ? "commands" : self == .localShell ? "command" : nil
        given?.forEachMember { name, value in
            if self == .localShell && name == "type" { return }
            if name == list || name == "command" && self == .shell {
                hasList = true
                json.key(list ?? name)
                writeList(value, to: &json)
                return
            }
            json.key(name)
            json.value(value)
        }
        if let list, !hasList {
            json.key(list)
            json.literal("[]")
        }
        if self == .localShell, given?["env"] == nil {
            json.key("env")
            json.literal("{}")
        }
        json.endObject()
        return json.raw
    }

    private func writeList(_ value: RawJSON, to json: inout JSONWriter) {
        if value.isArray { return json.value(value) }
        json.beginArray()
        if self == .localShell, value.isString {
            json.value("sh")
            json.value("-c")
        }
        json.value(value)
        json.endArray()
    }

    // MARK: Outputs

    /// What the client answered, as text for an engine.
    func outputText(_ output: RawJSON?, status: String?, tools: RawJSON?) -> JSONText {
        switch self {
        case .shell:
            guard let output, output.isArray else { break }
            return JSONText(output.elements.map(Self.shellText).joined(separator: "\n"))
        case .applyPatch:
            if output?.isString != true { return JSONText(status == "failed" ? "The operation failed." : "Done.") }
        case .toolSearch:
            let names = (tools?.elements ?? []).compactMap { $0["name"]?.stringValue }
            return JSONText(names.isEmpty ? "No tool was found." : "Tools that can be called now: \(names.joined(separator: ", "))")
        case .localShell: break
        }
        guard let output, !output.isNull else { return JSONText() }
        return JSONText(output.stringValue ?? output.text)
    }

    /// The members of an output item that say `text`.
    func writeOutput(_ text: JSONText, to json: inout JSONWriter) {
        switch self {
        case .shell:
            json.key("output")
            json.beginArray()
            json.beginObject()
            json.key("stdout")
            json.value(text)
            json.key("stderr")
            json.value("")
            json.key("outcome")
            json.literal(#"{"type":"exit","exit_code":0}"#)
            json.endObject()
            json.endArray()
        case .localShell:
            json.key("output")
            json.value(text)
        case .applyPatch:
            json.key("status")
            json.value(literal: "completed")
            json.key("output")
            json.value(text)
        case .toolSearch:
            json.key("execution")
            json.value(literal: "client")
            json.key("tools")
            json.literal("[]")
        }
    }

    /// One command's: what it wrote, and how it ended where that is not well.
    private static func shellText(_ output: RawJSON) -> String {
        var parts = [output["stdout"]?.stringValue, output["stderr"]?.stringValue].compactMap { $0 }.filter { !$0.isEmpty }
        let outcome = output["outcome"]
        switch outcome?["type"]?.stringValue {
        case "timeout": parts.append("(timed out)")
        case "exit":
            let code = outcome?["exit_code"]?.intValue ?? 0
            if code != 0 || parts.isEmpty { parts.append("(exit code \(code))") }
        default: break
        }
        return parts.joined(separator: "\n")
    }
}
