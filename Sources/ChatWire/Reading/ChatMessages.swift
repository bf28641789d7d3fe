import ResponsesAPI

/// The messages of a request, each read by itself when it is asked for (chat-completions 4).
///
/// Valid as long as the body's bytes.
struct ChatMessages {
    struct Place: Sendable {
        var range: Range<Int>
        var isHead: Bool
    }

    private let all: [Place]
    private let bytes: UnsafeBufferPointer<UInt8>
    /// How many messages stand at the head: they are instructions, not a part of the conversation.
    let headCount: Int
    /// Where those behind the head stand.
    let places: [Range<Int>]

    init(_ all: [Place], in bytes: UnsafeBufferPointer<UInt8>) {
        self.all = all
        self.bytes = bytes
        headCount = all.prefix(while: \.isHead).count
        places = all.dropFirst(headCount).map(\.range)
    }

    /// What system and developer say before anybody else does, with an empty line between them; nil when they say nothing.
    func instructions() throws(APIError) -> JSONText? {
        var instructions: JSONText?
        for index in 0..<headCount {
            let text = try at(index) { (message) throws(APIError) in try message.instructions() }
            if text.isEmpty { continue }
            if instructions == nil {
                instructions = text
            } else {
                instructions?.append("\n\n")
                instructions?.append(text)
            }
        }
        return instructions
    }

    /// The items of a message behind the head.
    func items(_ index: Int) throws(APIError) -> [Item] {
        try at(headCount + index) { (message) throws(APIError) in
            try message.items(callID: "call_function_\(index)") { (name) throws(APIError) in try openCall(named: name, before: index) }
        }
    }

    /// How far back a call is looked for: with parallel calls unknown to the older form, its result is the next message. More would cost a
    /// history of results the square of its length.
    private static var openCallDistanceMax: Int { 32 }

    /// The older form has no ids: a result answers the latest call of its name that has none yet (chat-completions 4).
    private func openCall(named name: String, before index: Int) throws(APIError) -> String? {
        var answered = 0
        for earlier in (max(0, index - Self.openCallDistanceMax)..<index).reversed() {
            let found: String? = try at(headCount + earlier) { (message) throws(APIError) in
                if message.role == "function", message.name == name { answered += 1 }
                guard message.functionCall?.name == name else { return nil }
                if answered == 0 { return "call_function_\(earlier)" }
                answered -= 1
                return nil
            }
            if let found { return found }
        }
        return nil
    }

    private func at<R>(_ index: Int, _ read: (ChatMessage) throws(APIError) -> R) throws(APIError) -> R {
        do throws(APIError) {
            var scanner = JSONScanner(UnsafeBufferPointer(rebasing: bytes[all[index].range]))
            return try read(try ChatMessage(&scanner))
        } catch {
            throw error.under("messages[\(index)]")
        }
    }
}
