import ResponsesAPI

/// What one agent says in one run: texts of known sizes, the same in every measurement but for the run's name.
///
/// The name stands at the beginning of the instructions and of the first tool, so that no engine finds a prefix of an
/// earlier run in its cache: each run starts cold.
struct Workload: Sendable {
    let instructions: JSONText
    let tools: ToolSet
    /// What the user says before the first turn: what the agent reads, if the plan has a context, and the request, which tells the
    /// scripted engine what to do in every turn.
    let opening: [JSONText]
    /// What the agent reads before it begins. Empty when the plan has no context.
    let context: [Item]
    /// The request of the user.
    let task: Item

    private let plan: BenchPlan

    static let toolName = "run_step"

    /// - Parameters:
    ///   - run: the run's name, unlike that of any other.
    ///   - isScripted: whether to write directives that the scripted engine obeys.
    init(_ plan: BenchPlan, run: String, isScripted: Bool) throws(APIError) {
        self.plan = plan
        instructions = JSONText(
            "Run \(run). You are an agent in a measurement. Call the tool \(Self.toolName) once in every turn until you are "
                + "told that all steps are done. Then answer in one sentence.")
        tools = try ToolSet(Self.tools(bytes: plan.toolsBytes, run: run))
        let files =
            plan.contextBytes == 0 ? [] : [JSONText(Self.text(bytes: plan.contextBytes, beginning: "Files of run \(run): "))]
        context = files.map(Item.userMessage)
        var task = "Do the \(plan.toolCalls) steps, one after the other."
        if isScripted {
            task += " [[tools:\(plan.toolCalls) \(Self.toolName) \(Self.arguments(tokens: plan.outputTokens))]]"
            task += " [[tokens:\(plan.outputTokens)]]"
        }
        self.task = .userMessage(JSONText(task))
        opening = files + [JSONText(task)]
    }

    /// What the tool returns for the call of one round.
    func toolOutput(round: Int) -> JSONText {
        JSONText(Self.text(bytes: plan.toolOutputBytes, beginning: "Step \(round) is done. "))
    }

    // MARK: Texts of a size

    /// Arguments that the scripted engine writes as `tokens` tokens of four bytes. `{i}` becomes the round, of up to three
    /// digits, which changes nothing about the count.
    static func arguments(tokens: Int) -> String {
        let (head, tail) = (#"{"step":"{i}"#, #""}"#)
        // One digit in the place of `{i}` leaves two bytes of the last token unused.
        let size = head.utf8.count - 3 + 1 + tail.utf8.count
        return head + String(repeating: ".", count: max(0, tokens * 4 - 2 - size)) + tail
    }

    private static let words = [
        "line", "value", "path", "build", "error", "module", "file", "return", "string", "index", "count", "buffer",
        "request", "stream", "token", "let", "var", "if", "while", "import", "state", "event", "close", "open",
    ]

    /// Words of plain ASCII, exactly `bytes` bytes; the last word may be cut.
    static func text(bytes: Int, beginning: String) -> String {
        var text = Array(beginning.utf8.prefix(bytes))
        text.reserveCapacity(bytes + 16)
        // A linear congruential generator with the constants of Knuth's MMIX: the same words everywhere.
        var state: UInt64 = 0x5DEE_CE66
        while text.count < bytes {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            text.append(contentsOf: words[Int((state >> 33) % UInt64(words.count))].utf8)
            text.append(UInt8(ascii: " "))
        }
        return String(decoding: text.prefix(bytes), as: UTF8.self)
    }

    /// Functions whose JSON array has about `bytes` bytes: the one that is called, and others like those of real agents.
    private static func tools(bytes: Int, run: String) -> [Tool] {
        let parameters: RawJSON =
            #"{"type":"object","properties":{"step":{"type":"string","description":"What to do"}},"required":["step"]}"#
        var tools = [
            Tool.function(.init(name: toolName, description: JSONText("Run \(run): does one step."), parameters: parameters))
        ]
        var size = (try? ToolSet(tools))?.json.bytes.count ?? 0
        /// What a tool weighs beside its description, with its comma.
        let overhead = 62 + parameters.bytes.count
        while size + overhead < bytes {
            let room = min(bytes - size - overhead, 500)
            let name = "tool_" + String(repeating: "0", count: 4 - "\(tools.count)".count.clamped(to: 0...4)) + "\(tools.count)"
            let description = text(bytes: room, beginning: "Not needed here: ")
            tools.append(.function(.init(name: name, description: JSONText(description), parameters: parameters)))
            size += overhead + room
        }
        return tools
    }
}

extension Int {
    fileprivate func clamped(to range: ClosedRange<Int>) -> Int { Swift.min(Swift.max(self, range.lowerBound), range.upperBound) }
}
