import ResponsesAPI

/// A tool with the Swift function behind it, as `Lane.run` calls it.
///
/// ```swift
/// struct Read: Decodable { var path: String; var linesMax: Int? }
/// let read = try AgentTool("read", "Reads a text file.", describing: ["path": "Relative to the project."]) {
///     (input: Read) in try String(contentsOfFile: input.path, encoding: .utf8)
/// }
/// ```
/// Whatever goes wrong inside becomes an output that the model reads: for arguments that do not fit, which field is wrong;
/// for a thrown error, that the tool failed, with the error's description, which the model therefore sees. Throw a
/// `ToolFailure` to choose the words. A failing tool never ends a run.
public struct AgentTool: OfferedTool {
    public let offer: Tool
    /// What the model calls it by.
    public let name: String
    /// Whether `AgentOptions.approve` is asked before each call.
    public var needsApproval: Bool
    /// Runs one call. Cancellation of the task reaches the function.
    package let run: @Sendable (Item.ToolCall) async -> ToolOutcome

    /// A tool whose input is a Swift type and whose output is text.
    ///
    /// - Parameters:
    ///   - name: 1 to 128 characters of `A-Z a-z 0-9 _ -` (responses-api 5).
    ///   - fields: what the fields of `Input` mean, by dotted path; see `JSONSchema`.
    /// - Throws: `SchemaError` for a name the API refuses, or an `Input` without a schema; see `SchemaProviding`.
    public init<Input: Decodable & Sendable>(
        _ name: String, _ description: String, describing fields: [String: String] = [:], needsApproval: Bool = false,
        run: @escaping @Sendable (Input) async throws -> String
    ) throws(SchemaError) {
        try Self.check(name)
        let schema = try JSONSchema(of: Input.self, describing: fields)
        guard schema.isObject else {
            throw SchemaError(
                path: "",
                "A tool's input must be a JSON object, and '\(Input.self)' is not one. Put it into a struct, as a property.")
        }
        let definition = Tool.FunctionTool(
            name: name, description: JSONText(description), parameters: schema.raw, strict: schema.isStrict)
        let reader = ModelJSON(schema: schema)
        self.init(.function(definition), name, needsApproval) { call in
            // Engines write nothing at all for a function that takes nothing.
            let text = call.input.isEmpty ? "{}" : call.input.string
            let input: Input
            do throws(ModelJSON.Mismatch) {
                input = try reader.decode(Input.self, from: text)
            } catch {
                return .failure(
                    "The arguments do not fit this tool. \(error.sentence) Nothing was run. Call it again with arguments that "
                        + "fit its schema.")
            }
            return await ToolOutcome { try await run(input) }
        }
    }

    /// A tool whose output is a value, which the model gets as JSON.
    ///
    /// - Throws: as the one whose output is text.
    @_disfavoredOverload
    public init<Input: Decodable & Sendable, Output: Encodable & Sendable>(
        _ name: String, _ description: String, describing fields: [String: String] = [:], needsApproval: Bool = false,
        run: @escaping @Sendable (Input) async throws -> Output
    ) throws(SchemaError) {
        try self.init(name, description, describing: fields, needsApproval: needsApproval) { (input: Input) in
            try ToolJSON.encode(try await run(input))
        }
    }

    /// A tool that takes nothing.
    ///
    /// - Throws: `SchemaError` for a name the API refuses.
    public init(
        _ name: String, _ description: String, needsApproval: Bool = false,
        run: @escaping @Sendable () async throws -> String
    ) throws(SchemaError) {
        try self.init(name, description, needsApproval: needsApproval) { (_: NoInput) in try await run() }
    }

    /// A tool with a definition made by hand; `run` reads the arguments from `ToolCall.input`.
    ///
    /// Nothing is checked here: what the API would refuse is refused when the tool is offered.
    public init(
        _ definition: Tool.FunctionTool, needsApproval: Bool = false,
        run: @escaping @Sendable (Item.ToolCall) async throws -> String
    ) {
        self.init(.function(definition), definition.name, needsApproval) { call in
            await ToolOutcome { try await run(call) }
        }
    }

    /// A tool whose input is free text, with or without a grammar.
    public init(
        custom definition: Tool.CustomTool, needsApproval: Bool = false,
        run: @escaping @Sendable (Item.ToolCall) async throws -> String
    ) {
        self.init(.custom(definition), definition.name, needsApproval) { call in
            await ToolOutcome { try await run(call) }
        }
    }

    private init(
        _ offer: Tool, _ name: String, _ needsApproval: Bool,
        run: @escaping @Sendable (Item.ToolCall) async -> ToolOutcome
    ) {
        self.offer = offer
        self.name = name
        self.needsApproval = needsApproval
        self.run = run
    }

    private static func check(_ name: String) throws(SchemaError) {
        guard (1...128).contains(name.utf8.count), name.utf8.allSatisfy(SchemaName.isAllowed) else {
            throw SchemaError(
                path: "", "'\(name)' is not a valid name of a tool. Use 1 to 128 characters of A-Z, a-z, 0-9, '_' and '-'.")
        }
    }
}

/// The input of a tool that takes nothing.
private struct NoInput: Decodable, Sendable {}
