import ResponsesAPI
import ResponsesCore
import ResponsesEngine

/// What `ListDialect` made of a conversation: lines that are whole, and an assistant's that may go on.
public final class ListPrompt: RenderedPrompt {
    public let addedBytes: Int
    public let dialect: String
    private let closed: [UInt8]
    let open: String?
    // Written in `init`, and in `deinit` of a descendant that was proven the only holder; nobody else can see either.
    nonisolated(unsafe) private var before: ListPrompt?

    init(after before: ListPrompt?, closed: [UInt8], open: String?, dialect: String) {
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
