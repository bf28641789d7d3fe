import ResponsesAPI
import ResponsesCore
import ResponsesEngine

/// The simplest dialect that has what makes dialects hard: it merges what the assistant says in a row into one message.
///
/// A conversation becomes lines such as `<user>hello</user>` and `<assistant>text "hi" · call get_time({})</assistant>`.
/// Equal conversations have equal texts, and a lost, doubled or reordered item shows.
public struct ListDialect: Dialect {
    public let name: String

    public init(name: String = "list") { self.name = name }

    public func extend(_ prompt: (any RenderedPrompt)?, with items: [Item]) throws(APIError) -> any RenderedPrompt {
        let parent = prompt as? ListPrompt
        var closed: [UInt8] = []
        var open = parent?.open
        for (index, item) in items.enumerated() {
            let (role, text) = try Self.line(item, index: index)
            if role == "assistant", let before = open {
                open = before + " · " + text
                continue
            }
            if let before = open { closed += Array("<assistant>\(before)</assistant>\n".utf8) }
            open = role == "assistant" ? text : nil
            if role != "assistant" { closed += Array("<\(role)>\(text)</\(role)>\n".utf8) }
        }
        return ListPrompt(after: parent, closed: closed, open: open, dialect: name)
    }

    private static func line(_ item: Item, index: Int) throws(APIError) -> (role: String, text: String) {
        switch item.body {
        case .message(let message): (message.role.rawValue, message.content.map(part).joined(separator: " + "))
        case .call(let call): ("assistant", "call \(call.callID) \(call.name)(\(escaped(call.input)))")
        case .callOutput(let output): ("tool", "\(output.callID): \(output.output.map(part).joined(separator: " + "))")
        case .reasoning(let reasoning): ("assistant", "think \(reasoning.content.map(part).joined(separator: " + "))")
        case .reference, .compaction, .other:
            // What an engine cannot be told is refused, as a real dialect would.
            throw .wrongValue("input[\(index)].type", "the list dialect cannot write items of type '\(item.type)'.")
        }
    }

    private static func part(_ part: ContentPart) -> String { part.text.map(escaped) ?? "(other)" }

    private static func escaped(_ text: JSONText) -> String { "\"\(String(decoding: text.escaped, as: UTF8.self))\"" }
}

/// What `ListDialect` made of a conversation: lines that are whole, and an assistant's that may go on.
public final class ListPrompt: RenderedPrompt {
    public let addedBytes: Int
    public let dialect: String
    private let closed: [UInt8]
    fileprivate let open: String?
    // Written in `init`, and in `deinit` of a descendant that was proven the only holder; nobody else can see either.
    nonisolated(unsafe) private var before: ListPrompt?

    fileprivate init(after before: ListPrompt?, closed: [UInt8], open: String?, dialect: String) {
        self.before = before
        self.closed = closed
        self.open = open
        self.dialect = dialect
        addedBytes = closed.count + (open?.utf8.count ?? 0)
    }

    deinit {
        var next = before
        before = nil
        // One by one: a long chain that freed itself from inside would overflow the stack.
        while isKnownUniquelyReferenced(&next), let following = next?.takeBefore() { next = following }
    }

    private func takeBefore() -> ListPrompt? {
        defer { before = nil }
        return before
    }

    /// The conversation as text.
    public var text: String {
        var pieces: [[UInt8]] = []
        var next: ListPrompt? = self
        while let prompt = next {
            pieces.append(prompt.closed)
            next = prompt.before
        }
        let whole = pieces.reversed().flatMap(\.self)
        return String(decoding: whole, as: UTF8.self) + (open.map { "<assistant>\($0)</assistant>\n" } ?? "")
    }
}

/// A engines of engines that only write down: whoever drives the connection answers for them.
public struct ListDirectory: EngineDirectory {
    private let dialects: [String: ListDialect]
    public let offered: [String]

    /// - Parameter models: the names of models, each with the name of its dialect.
    public init(_ models: [String: String] = ["list": "list"]) {
        dialects = models.mapValues { ListDialect(name: $0) }
        offered = models.keys.sorted()
    }

    public func route(model: String) -> Route? {
        dialects[model].map { Route(engine: ListEngine($0), model: model) }
    }
}

/// The engine behind `ListDirectory`. Never run: `InMemoryConnection` hands its work to the test.
private struct ListEngine: Engine {
    let dialect: any Dialect
    init(_ dialect: ListDialect) { self.dialect = dialect }

    func models() async throws(EngineError) -> [EngineModel] { [] }
    func generate(_ request: GenerationRequest, into sink: any GenerationSink) async throws(EngineError) {
        throw EngineError(.unavailable, "This engine is answered by hand.")
    }
    func prefill(_ request: GenerationRequest) async throws(EngineError) -> PrefillResult {
        throw EngineError(.unavailable, "This engine is answered by hand.")
    }
}
