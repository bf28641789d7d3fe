import ResponsesAPI

/// The turns of one `stream_id`: each continues the one before, one at a time.
///
/// Get it from a line. It is a name for state that the line holds, so two of the same name are the same lane.
public final class Lane: Sendable {
    /// The lane's name on the wire; nil for the default lane.
    public let name: StreamID?
    private let driver: LineDriver

    init(_ name: StreamID?, _ driver: LineDriver) {
        self.name = name
        self.driver = driver
    }

    /// Asks for a turn that says `text` as the user, and returns when the line has taken it, not at its end.
    ///
    /// - Parameters:
    ///   - tools: offered to the model; its calls come back in the response. `run` also runs them.
    ///   - settings: changes fields of this turn's request, which begins as `Configuration.template`. A turn whose fields
    ///     equal those of the turn before is sent as an increment; others send everything (websocket-mode 18).
    /// - Throws: `CancellationError` when this task was cancelled. What fails later is thrown by the turn.
    public func respond(
        to text: String, tools: [any OfferedTool] = [], settings: @Sendable (inout CreateRequest) -> Void = { _ in }
    ) async throws -> Turn {
        try await respond(with: [.userMessage(JSONText(text))], tools: tools, settings: settings)
    }

    /// Asks for a turn with any new items: messages with images, outputs of calls. See `respond(to:tools:settings:)`.
    public func respond(
        with items: [Item], tools: [any OfferedTool] = [], settings: @Sendable (inout CreateRequest) -> Void = { _ in }
    ) async throws -> Turn {
        try await begin(TurnRequest(settings: try request(tools, settings), items: items))
    }

    /// Asks for an answer in the form of a Swift type, which becomes a JSON schema, and returns it decoded.
    ///
    /// - Throws: also `SchemaError` when no schema can be made of the type, and `ClientError` when the model declined, was
    ///   cut short, or did not keep to the form.
    public func respond<Output: Decodable & Sendable>(
        to text: String, as type: Output.Type, tools: [any OfferedTool] = [],
        settings: @Sendable (inout CreateRequest) -> Void = { _ in }
    ) async throws -> Output {
        let form = try StructuredOutput(type)
        let turn = try await respond(to: text, tools: tools) { request in
            request.text = TextSettings(format: form.format, verbosity: request.text.verbosity)
            settings(&request)
        }
        return try form.decode(try await turn.response())
    }

    /// Fills the engine's cache with instructions, tools and items ahead of the first turn (websocket-mode 8).
    ///
    /// The items are part of the chain afterwards. Give it the tools and settings of the turns to come.
    /// - Returns: the response, whose usage says what was prefilled; nil where the line speaks HTTP, which has no warmup.
    /// - Throws: as `Turn.response()`. Nothing is lost then: turns work without it.
    @discardableResult
    public func warmUp(
        with items: [Item] = [], tools: [any OfferedTool] = [], settings: @Sendable (inout CreateRequest) -> Void = { _ in }
    ) async throws -> ResponseObject? {
        let request = TurnRequest(settings: try request(tools, settings), items: items, isWarmup: true)
        return try await begin(request).end()
    }

    /// What was said so far. Turns that run or wait are not in it yet.
    public var chain: Chain { get async { await driver.chain(of: name) } }

    /// Continues from another chain: an earlier one, or another lane's.
    ///
    /// With an empty chain, `Chain()`, the line forgets what the lane held: do so with lanes whose work is done.
    /// - Throws: `ClientError` when turns run or wait on this lane.
    public func rewind(to chain: Chain) async throws(ClientError) { try await driver.put(chain, on: name) }

    /// Items that go before the next turn's own.
    func addPending(_ items: [Item]) async {
        if !items.isEmpty { await driver.addPending(items, to: name) }
    }

    private func begin(_ request: TurnRequest) async throws -> Turn {
        try Task.checkCancellation()
        return await driver.begin(request, on: name)
    }

    private func request(_ tools: [any OfferedTool], _ settings: @Sendable (inout CreateRequest) -> Void) throws -> CreateRequest {
        var request = driver.template
        if !tools.isEmpty { request.tools = try ToolSet(tools.map(\.offer)) }
        settings(&request)
        // The line decides what a turn continues; a parent or a stored conversation would contradict it.
        guard request.previousResponseID == nil, request.conversation == nil, !(request.background ?? false) else {
            throw ClientError.settingsOfTheLine
        }
        return request
    }
}
