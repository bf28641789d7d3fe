import Logging
import ResponsesAPI
import ResponsesCore
import ResponsesEngine
import ResponsesStore

/// What the server says to the person who runs it: one method for each kind of line.
///
/// Messages never change; what differs is metadata, whose keys are all in `Key`. Nothing of prompts, outputs and keys is
/// in any line: what is logged of a client's own words are names it chose (`lane`, `model`, `type`), cut to 64 characters.
///
/// | level | message | metadata |
/// | --- | --- | --- |
/// | info | `server started` | address, engine, version |
/// | info | `server stopped` | seconds |
/// | info | `descriptors` | limit, connections |
/// | info | `engine is up`, `engine is down` | engine, kind |
/// | info | `request` (with the access log) | request, owner, client, method, path, status, ms, bytes |
/// | info | `turn` (with the access log) | ids, status, code, engine, model, ms, input_tokens, cached_tokens, output_tokens, bytes |
/// | warning | `engine failed` | ids, engine, model, kind, http_status, words |
/// | warning | `request refused by a limit`, `response cut by a limit` | ids, code, count |
/// | warning | `reader dropped` | ids, ms, bytes |
/// | warning | `item left out`, `tool left out` | request or connection, owner, type |
/// | error | `internal error` | ids, error, words |
///
/// "ids" are request, connection, lane, response and owner, as far as they are known.
public struct ServerLog: Sendable {
    /// The keys of all metadata, in the order in which a line has them.
    enum Key: String, CaseIterable {
        case request, connection, lane, response, owner
        case client, address, version, limit, connections, method, path, status, code, count, kind, type, engine, model
        case httpStatus = "http_status"
        case error, words
        case milliseconds = "ms"
        case seconds
        case inputTokens = "input_tokens"
        case cachedTokens = "cached_tokens"
        case outputTokens = "output_tokens"
        case bytes
    }

    /// Every metadata key of this server's lines, in the order in which a line has them, for the log's handler.
    public static let keys = Key.allCases.map(\.rawValue)

    private let logger: Logger
    /// Whether requests and turns that went well are logged too.
    let hasAccessLog: Bool

    init(_ logger: Logger, accessLog: Bool = false) {
        self.logger = logger
        hasAccessLog = accessLog
    }

    // MARK: Info

    /// - Parameter address: what the server listens on, such as `127.0.0.1:8484`.
    func started(address: String, engine: String? = nil, version: String? = nil) {
        var line = Line()
        line[.address] = address
        line[.engine] = engine
        line[.version] = version
        logger.info("server started", metadata: line.metadata)
    }

    /// How many files the process may open, and how many connections the server takes.
    func descriptors(_ limit: Int, connections: Int) {
        var line = Line()
        line.set(.limit, limit)
        line.set(.connections, connections)
        logger.info("descriptors", metadata: line.metadata)
    }

    /// - Parameter uptime: since it was started.
    func stopped(uptime: Duration) {
        var line = Line()
        line.set(.seconds, Int(uptime.components.seconds))
        logger.info("server stopped", metadata: line.metadata)
    }

    func engineUp(_ engine: String?) {
        var line = Line()
        line[.engine] = engine
        logger.info("engine is up", metadata: line.metadata)
    }

    func engineDown(_ engine: String?, kind: EngineError.Kind) {
        var line = Line()
        line[.engine] = engine
        line[.kind] = "\(kind)"
        logger.info("engine is down", metadata: line.metadata)
    }

    /// An HTTP request was answered; a line of the access log.
    ///
    /// - Parameters:
    ///   - client: the header `User-Agent`, of which the line has the program and its version.
    ///   - path: a query that is behind it is cut off: it may hold anything.
    ///   - bytes: of the answer's body, when it is known.
    func request(
        _ ids: LogIDs, client: String? = nil, method: String, path: String, status: Int, duration: Duration, bytes: Int? = nil
    ) {
        guard hasAccessLog else { return }
        var line = Line(ids)
        line[.client] = client.map(Self.clientName)
        line[.method] = Self.name(method)
        line[.path] = String(path.prefix { $0 != "?" && $0 != "#" }.prefix(256))
        line.set(.status, status)
        line.set(.milliseconds, Self.milliseconds(duration))
        line.set(.bytes, bytes)
        logger.info("request", metadata: line.metadata)
    }

    /// A turn ended; a line of the access log.
    func turnEnded(_ facts: TurnFacts) {
        guard hasAccessLog else { return }
        var line = Line(
            LogIDs(
                request: facts.request, connection: facts.connection, lane: facts.lane, response: facts.response,
                owner: facts.owner))
        line[.status] = facts.status
        line[.code] = facts.code
        line[.engine] = facts.engine
        line[.model] = facts.model.map(Self.name)
        line.set(.milliseconds, Self.milliseconds(facts.duration))
        line.set(.inputTokens, facts.inputTokens)
        line.set(.cachedTokens, facts.cachedTokens)
        line.set(.outputTokens, facts.outputTokens)
        line.set(.bytes, facts.bytes)
        logger.info("turn", metadata: line.metadata)
    }

    // MARK: Warning

    /// An engine did not do what was asked. A cancelled generation is not a failure and leaves no line.
    func engineFailed(_ error: EngineError, _ ids: LogIDs, engine: String? = nil, model: String? = nil) {
        if error.kind == .cancelled { return }
        var line = Line(ids)
        line[.engine] = engine
        line[.model] = model.map(Self.name)
        line[.kind] = "\(error.kind)"
        line.set(.httpStatus, error.httpStatus)
        line[.words] = error.detail.map { String($0.prefix(512)) }
        logger.warning("engine failed", metadata: line.metadata)
    }

    /// The store did not do what was asked.
    func storeFailed(_ error: StoreError, _ ids: LogIDs) {
        var line = Line(ids)
        switch error {
        case .unavailable(let reason):
            line[.kind] = "unavailable"
            line[.words] = String(reason.prefix(512))
        case .full: line[.kind] = "full"
        case .taken: line[.kind] = "taken"
        case .unknownItem: line[.kind] = "unknownItem"
        }
        logger.warning("store failed", metadata: line.metadata)
    }

    /// A limit refused a request, a turn or a connection, or cut a response; `RefusalCounter` says when.
    ///
    /// - Parameters:
    ///   - count: how many the line stands for.
    ///   - ids: of the first of them; none when it stands for several.
    func refused(_ code: String, count: Int, _ ids: LogIDs = LogIDs()) {
        var line = Line(ids)
        line[.code] = Self.name(code)
        line.set(.count, count)
        if ResponseLimit(rawValue: code) != nil {
            logger.warning("response cut by a limit", metadata: line.metadata)
        } else {
            logger.warning("request refused by a limit", metadata: line.metadata)
        }
    }

    /// A client did not read what it was sent, so its connection was closed.
    func readerDropped(_ ids: LogIDs, after duration: Duration?, unwritten bytes: Int? = nil) {
        var line = Line(ids)
        line.set(.milliseconds, duration.map(Self.milliseconds))
        line.set(.bytes, bytes)
        logger.warning("reader dropped", metadata: line.metadata)
    }

    /// The engine cannot be given an item or a tool of this type; the connection says so once a type.
    func leftOut(_ kind: LeftOut.Kind, type: String, engine: String? = nil, _ ids: LogIDs) {
        var line = Line(ids)
        line[.type] = Self.typeName(type)
        line[.engine] = engine
        switch kind {
        case .item: logger.warning("item left out", metadata: line.metadata)
        case .tool: logger.warning("tool left out", metadata: line.metadata)
        }
    }

    // MARK: Error

    /// A client was answered with 500, because of something that nobody expected.
    func internalError(_ error: any Error, _ ids: LogIDs) {
        var line = Line(ids)
        let described = ThrownError(error)
        line[.error] = described.type
        line[.words] = described.words
        logger.error("internal error", metadata: line.metadata)
    }

    // MARK: Values

    private static let nameMax = 64

    /// A name that a client chose.
    private static func name(_ text: String) -> String {
        text.unicodeScalars.count <= nameMax ? text : String(String.UnicodeScalarView(text.unicodeScalars.prefix(nameMax))) + "…"
    }

    /// A type that a client sent. The ones that exist are words of a few letters; anything else could be a sentence.
    private static func typeName(_ type: String) -> String { isWord(type) ? type : "(no name of a type)" }

    /// A program and its version, such as `claude-cli/2.1.332` or `OpenAI/Python 2.3.0`.
    private static func clientName(_ agent: String) -> String {
        let words = agent.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false).prefix(2).map(String.init)
        guard let product = words.first, isWord(product, also: "/+@") else { return "(no name of a client)" }
        guard let version = words.last, version.first?.isWholeNumber == true, isWord(version, also: "+") else { return product }
        return words.joined(separator: " ")
    }

    private static func isWord(_ text: String, also others: String = "") -> Bool {
        !text.isEmpty && text.utf8.count <= nameMax
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: "_-:.".utf8.contains(byte) || others.utf8.contains(byte)
                }
            }
    }

    private static func milliseconds(_ duration: Duration) -> Int {
        let (seconds, attoseconds) = duration.components
        return Int(seconds) * 1000 + Int(attoseconds / 1_000_000_000_000_000)
    }

    /// The metadata of one line.
    private struct Line {
        var metadata: Logger.Metadata = [:]

        init(_ ids: LogIDs = LogIDs()) {
            self[.request] = ids.request
            self[.connection] = ids.connection
            self[.lane] = ids.lane.map(ServerLog.name)
            self[.response] = ids.response
            self[.owner] = ids.owner
        }

        /// A text; nil leaves it out.
        subscript(key: Key) -> String? {
            get { metadata[key.rawValue]?.description }
            set { metadata[key.rawValue] = newValue.map { .string($0) } }
        }

        /// A number, which is one in JSON too.
        mutating func set(_ key: Key, _ number: Int?) {
            metadata[key.rawValue] = number.map { .stringConvertible($0) }
        }
    }
}
