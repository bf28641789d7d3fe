import NIOCore
import ResponsesAPI
public import ResponsesEngine

/// A conversation as the messages of a Chat Completions request.
///
/// Messages that can no longer change are bytes in a rope shared with the prompts before and after; the newest message
/// is kept open, as the next item may belong to it, and its parts are shared in the same way. The first system message is not among them: it begins with the
/// turn's `instructions`, so the request writes it.
public struct ChatPrompt: RenderedPrompt {
    /// Texts of system and developer messages at the head of the conversation.
    var head = SharedList<JSONText>()
    /// Whether only such messages came so far.
    var isHeadOpen = true
    /// Finished messages, each after the first with a comma before it.
    var closed = PromptRope()
    var open = OpenMessage()
    /// What the model thought since, until it says or calls something.
    var thoughts = SharedList<JSONText>()
    /// Of the assistant's message before the open one.
    var unanswered = UnansweredCalls()
    /// The calls of closed messages: for what engines put beside them, and to know their ids.
    var marks = SharedList<CallMark>()
    let rules: HistoryRules

    public internal(set) var addedBytes = 0

    init(_ rules: HistoryRules) { self.rules = rules }

    /// Whether the model is to speak next. Chat templates and engines differ in what they make of a conversation that
    /// ends otherwise.
    var awaitsModel: Bool {
        switch open.kind {
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
        var marks: [CallMark] = []
        json.write(open, of: self, isBeginning: closed.isEmpty, marks: &marks)
        return String(decoding: bytes + json.bytes, as: UTF8.self)
    }
}
