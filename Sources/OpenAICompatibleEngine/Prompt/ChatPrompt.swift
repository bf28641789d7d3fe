import NIOCore
public import ResponsesAPI
public import ResponsesEngine

/// A conversation as the messages of a Chat Completions request.
///
/// Messages that can no longer change are bytes in a rope shared with the prompts before and after; the newest message
/// is kept open, as the next item may belong to it. The first system message is not among them: it begins with the
/// turn's `instructions`, so the request writes it.
public struct ChatPrompt: RenderedPrompt {
    /// Texts of system and developer messages at the head of the conversation.
    var head: [JSONText] = []
    /// Whether only such messages came so far.
    var isHeadOpen = true
    /// Finished messages, each after the first with a comma before it.
    var closed = PromptRope()
    var open = OpenMessage.none
    let reasoningField: ChatDialect.ReasoningField

    public internal(set) var addedBytes = 0

    init(reasoningField: ChatDialect.ReasoningField) { self.reasoningField = reasoningField }

    /// Whether the model is to speak next. Chat templates and engines differ in what they make of a conversation that
    /// ends otherwise.
    var awaitsModel: Bool {
        switch open {
        case .user, .tools: true
        case .none, .assistant: false
        }
    }

    /// The messages as they stand between the brackets, in one piece. For tests.
    var text: String {
        var bytes: [UInt8] = []
        for slice in closed.slices() { bytes.append(contentsOf: slice.readableBytesView) }
        var json = JSONWriter()
        if !closed.isEmpty { json.continueAfterMember() }
        json.write(open, reasoningField: reasoningField)
        return String(decoding: bytes + json.bytes, as: UTF8.self)
    }
}

/// Chat Completions messages (Responses API, section 14) as a fold over items.
///
/// Rules beyond the table: adjacent items of one role make one message; system messages after the head become user
/// text, as templates allow one system message, first. Reasoning stays on assistant messages that call tools, where
/// models need it within the loop, and is dropped from others: the fold cannot know whether a message is followed by
/// another user turn, and templates drop the reasoning of finished turns anyway. Items that chat cannot say are left
/// out.
public struct ChatDialect: Dialect {
    /// Where an engine's template looks for the reasoning of earlier assistant messages.
    public enum ReasoningField: String, Sendable, Hashable {
        /// llama.cpp, SGLang, LM Studio.
        case reasoningContent = "reasoning_content"
        /// vLLM's newest, Ollama.
        case reasoning
        /// APIs that refuse unknown members.
        case leftOut = ""
    }

    public let reasoningField: ReasoningField

    public init(reasoningField: ReasoningField = .reasoningContent) { self.reasoningField = reasoningField }

    public var name: String {
        switch reasoningField {
        case .reasoningContent: "chat"
        case .reasoning: "chat+reasoning"
        case .leftOut: "chat-reasoning"
        }
    }

    public func extend(_ prompt: (any RenderedPrompt)?, with items: [Item]) throws(APIError) -> any RenderedPrompt {
        var start = ChatPrompt(reasoningField: reasoningField)
        if let prompt {
            guard let prompt = prompt as? ChatPrompt, prompt.reasoningField == reasoningField else {
                preconditionFailure("a prompt is extended by the dialect that made it")
            }
            start = prompt
        }
        var fold = ChatFold(start)
        for (index, item) in items.enumerated() {
            do throws(APIError) {
                try fold.add(item)
            } catch {
                throw error.under("input[\(index)]")
            }
        }
        return fold.prompt()
    }
}
