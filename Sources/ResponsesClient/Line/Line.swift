import ResponsesAPI

/// One line to a server: it outlives the connections that carry it.
///
/// ```swift
/// try await ResponsesClient.withConnection(to: "http://127.0.0.1:8484/v1", model: "scripted") { line in
///     print(try await line.respond(to: "Hello").text())
///     print(try await line.respond(to: "And again").text())   // sends this sentence only
/// }
/// ```
/// Turns of one lane follow each other; lanes run side by side. A line has the methods of `Lane` for its main lane.
public final class Line: Sendable {
    private let driver: LineDriver
    /// The default lane: turns on it carry no `stream_id`.
    public let main: Lane

    init(_ driver: LineDriver) {
        self.driver = driver
        main = Lane(nil, driver)
    }

    /// A lane of that name, such as one for each parallel agent. The same name is the same lane.
    ///
    /// - Throws: `ClientError` when this is not a lane name (websocket-mode 4.1).
    public func lane(_ name: String) throws(ClientError) -> Lane {
        guard let streamID = StreamID(name) else { throw .badLaneName(name) }
        return Lane(streamID, driver)
    }

    /// A lane that continues a chain: a fork, when the chain is another lane's.
    ///
    /// - Throws: `ClientError` when this is not a lane name, or turns run or wait on the lane.
    public func lane(_ name: String, continuing chain: Chain) async throws(ClientError) -> Lane {
        let lane = try lane(name)
        try await lane.rewind(to: chain)
        return lane
    }

    /// The state of the line at the moment.
    public var status: LineStatus { get async { await driver.status } }
}

/// A line's main lane, without naming it.
extension Line {
    /// See `Lane.respond(to:tools:settings:)`.
    public func respond(
        to text: String, tools: [any OfferedTool] = [], settings: @Sendable (inout CreateRequest) -> Void = { _ in }
    ) async throws -> Turn {
        try await main.respond(to: text, tools: tools, settings: settings)
    }

    /// See `Lane.respond(with:tools:settings:)`.
    public func respond(
        with items: [Item], tools: [any OfferedTool] = [], settings: @Sendable (inout CreateRequest) -> Void = { _ in }
    ) async throws -> Turn {
        try await main.respond(with: items, tools: tools, settings: settings)
    }

    /// See `Lane.respond(to:as:tools:settings:)`.
    public func respond<Output: Decodable & Sendable>(
        to text: String, as type: Output.Type, tools: [any OfferedTool] = [],
        settings: @Sendable (inout CreateRequest) -> Void = { _ in }
    ) async throws -> Output {
        try await main.respond(to: text, as: type, tools: tools, settings: settings)
    }

    /// See `Lane.warmUp(with:tools:settings:)`.
    @discardableResult
    public func warmUp(
        with items: [Item] = [], tools: [any OfferedTool] = [], settings: @Sendable (inout CreateRequest) -> Void = { _ in }
    ) async throws -> ResponseObject? {
        try await main.warmUp(with: items, tools: tools, settings: settings)
    }

    /// See `Lane.chain`.
    public var chain: Chain { get async { await main.chain } }
}
