import ResponsesAPI
import ResponsesEngine

/// Makes generation events of Chat Completions chunks (responses-api 14).
///
/// A value: it is given chunks and adds to a batch. Hot path: a chunk is scanned once, or not at all where only its text is
/// another than the last chunk's; texts are copied escaped as they are, and nothing is allocated for one of plain text.
package struct ChatChunkReader: Sendable {
    package struct Options: Sendable {
        package var calls: CallPolicy
        /// Whether thoughts in the text of an answer are parted from it.
        package var partsThinkTags = true
        /// The marks around such thoughts.
        package var thinkTags = ThinkTag.usual
        /// The template opens the thought: only its end is sent.
        package var isThinkingOpened = false
        package var wantsLogprobs = false
        /// An answer without a call is not what was asked for.
        package var requiresCall = false
        /// The name under which reasoning comes is wanted.
        package var notesReasoningName = false
        /// The size of the request, to estimate its tokens when the engine does not count.
        package var promptBytes = 0
        /// An answer with more calls fails.
        package var callsMax = OpenAICompatibleLimits().callsMax
        /// What is kept of calls before it can be handed on; of more the answer fails.
        package var heldBytesMax = OpenAICompatibleLimits().eventBytesMax

        package init(calls: CallPolicy) { self.calls = calls }
    }

    private let wantsLogprobs: Bool
    private let requiresCall: Bool
    private var notesReasoningName: Bool
    private var reasoningName: AnswerExtras.ReasoningName?
    private var details: ReasoningDetails
    private let promptBytes: Int
    private var think: ThinkTagReader
    private var calls: ToolCallReader
    private var usage = UsageReader()
    private var produced = UsageReader.Produced()
    /// The last word of why the engine stopped; nil again when it goes on.
    package private(set) var finish: FinishReason?
    /// In a box, as it is rare and large.
    private indirect enum Failed {
        case not
        /// With what the engine said of it, as it came.
        case by(EngineError, EngineFailure?)
    }
    private var failed = Failed.not
    /// All that was said of it is the reason to stop: an error that follows says more.
    private var isToldByFinish = false
    private var hasRefusal = false
    private var shape = ChunkShape()
    /// The text of the chunk at hand, and whether the chunk said anything beside it.
    private var text: ChunkShape.Text?
    private var saysMore = false
    /// What came of the answer in deltas.
    private var said = SaidText()
    private var hasReasoning = false
    /// What came in whole messages instead.
    private var messageText = MessageText()
    private var messageReasoning = MessageText()
    private var textHalf = SurrogateHalf()
    private var reasoningHalf = SurrogateHalf()
    private var refusalHalf = SurrogateHalf()
    /// Which stop string ended the answer, where the engine says so.
    private var stopString: String?
    /// The index of the choice that is ours, and those of others.
    private var choice: Int?
    private var otherChoices: Set<Int> = []

    package init(_ options: Options) {
        wantsLogprobs = options.wantsLogprobs
        requiresCall = options.requiresCall
        notesReasoningName = options.notesReasoningName
        details = ReasoningDetails(bytesMax: options.heldBytesMax)
        promptBytes = options.promptBytes
        think = ThinkTagReader(options.partsThinkTags ? options.thinkTags : [], isOpened: options.isThinkingOpened)
        calls = ToolCallReader(policy: options.calls, callsMax: options.callsMax, heldBytesMax: options.heldBytesMax)
    }

    /// Whether `data` is the end mark of a stream, which some write with spaces or quotes around it.
    package static func isDone(_ data: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let first = data.first, first != UInt8(ascii: "{"), data.count < 32 else { return false }
        var mark = data[...]
        func isFrame(_ byte: UInt8?) -> Bool { byte.map { $0 <= 0x20 || $0 == UInt8(ascii: "\"") } ?? false }
        while isFrame(mark.first) { mark.removeFirst() }
        while isFrame(mark.last) { mark.removeLast() }
        return mark.elementsEqual("[DONE]".utf8)
    }

    /// Whether the engine said why it stopped; and whether it counted, too, so that nothing is missing but the end mark.
    var progress: Progress {
        guard finish != nil else { return .open }
        if usage.isTold { return .counted }
        return said.isEmpty && calls.isEmpty && !hasRefusal ? .open : .finished
    }

    enum Progress { case open, finished, counted }

    /// Reads one chunk, or one whole completion.
    ///
    /// - Throws: `EngineError` for an error object in the stream, and for a chunk that is not JSON.
    package mutating func read(_ chunk: UnsafeBufferPointer<UInt8>, into batch: inout GenerationBatch) throws(EngineError) {
        let before = batch.escaped.count
        defer { produced.bytes += batch.escaped.count - before }
        // Behind an end it matters whether a choice says more.
        if finish == nil, let (kind, span) = shape.text(of: chunk) {
            let bytes = UnsafeBufferPointer(rebasing: chunk[span.range])
            switch kind {
            case .answer: add(text: bytes, span, into: &batch)
            case .reasoning: add(reasoning: bytes, span, into: &batch)
            }
            return
        }
        text = nil
        saysMore = false
        hasChoice = false
        hasCounts = false
        var scanner = JSONScanner(chunk)
        do throws(JSONError) {
            try readChunk(&scanner, into: &batch)
        } catch {
            try readNoJSON(chunk, error)
        }
        if let failure { throw failure }
        if let text, !saysMore { shape.learn(chunk, text) }
    }

    /// Data of an event that cannot be read: an error as plain text, or a sign of life.
    private mutating func readNoJSON(_ chunk: UnsafeBufferPointer<UInt8>, _ error: JSONError) throws(EngineError) {
        let word = String(decoding: chunk.prefix(32), as: UTF8.self)
        if Self.signsOfLife.contains(word.lowercased().filter { $0.isLetter }), !word.contains("{") { return }
        guard FailureReader.isError(text: chunk) else {
            throw EngineError(
                .interrupted, "The engine sent a chunk that is not valid JSON (\(error)). Try again.", detail: "\(error)")
        }
        fail(EngineFailure(body: Array(chunk)))
    }

    private static let signsOfLife: Set<String> = ["ping", "pong", "heartbeat", "keepalive", "processing", "ok"]

    /// The stream ended.
    ///
    /// - Parameters:
    ///   - isMarked: with `[DONE]`, or it was one whole object. Some engines then never say why they stopped.
    ///   - batch: takes what was held back.
    /// - Returns: why the engine stopped, and its counts.
    /// - Throws: `EngineError.interrupted` when the answer was cut.
    package mutating func end(isMarked: Bool, into batch: inout GenerationBatch) throws(EngineError) -> GenerationResult {
        let wasThinking = think.isThinking
        settle(into: &batch)
        if finish == nil {
            let hasAnswer = !said.isEmpty && !wasThinking || hasRefusal || !calls.isEmpty
            guard isMarked, hasAnswer, !calls.isOpen else {
                throw EngineError(.interrupted, "The engine's answer stopped in the middle. Try again.")
            }
            finish = .stop
        }
        // Of an answer that was cut off, a call may lack its name. One that is whole lacks nothing.
        if finish == .stop, let problem = calls.problem { throw problem }
        if requiresCall, finish == .stop, !calls.hasCalls, !hasRefusal {
            throw EngineError(
                .failed, "The engine answered without a call, though 'tool_choice' requires one. Try again, or let the model choose.",
                param: "tool_choice")
        }
        return GenerationResult(
            finish: finish ?? .stop, usage: usage.usage(promptBytes: promptBytes, produced: produced), trace: extras,
            stopString: stopString)
    }

    /// What the engine wants back with the next turn, for the adapter; nil when there is nothing.
    private var extras: (any EngineTrace)? {
        let details = details.json
        let extras = AnswerExtras(reasoning: reasoningName, calls: calls.extras(details: details), details: details)
        return extras.isEmpty ? nil : extras
    }

    /// Nothing more comes: what was held back is what it looked like.
    private mutating func settle(into batch: inout GenerationBatch) {
        let before = batch.escaped.count
        let events = batch.events.count
        if reasoningHalf.end() { batch.append(reasoning: "\u{FFFD}") }
        if textHalf.end() {
            Self.replacement.withUnsafeBufferPointer { addWhole(text: $0, hasEscapes: false, into: &batch) }
        }
        if refusalHalf.end() { batch.append(refusal: "\u{FFFD}") }
        think.end(into: &batch)
        for case .reasoning(let range) in batch.events[events...] { produced.reasoningBytes += range.count }
        calls.end(into: &batch)
        produced.bytes += batch.escaped.count - before
    }

    private static let replacement = Array("\u{FFFD}".utf8)

    // MARK: The chunk

    private mutating func readChunk(_ scanner: inout JSONScanner, into batch: inout GenerationBatch) throws(JSONError) {
        guard scanner.peek() == UInt8(ascii: "{") else {
            // An empty line of data, or a list of errors.
            if scanner.peek() == 0 { return }
            let range = try scanner.skipValue()
            try scanner.expectEnd()
            guard scanner.bytes(range).first == UInt8(ascii: "[") else { return }
            let list = scanner.raw(range)
            if FailureReader.isError(list) { fail(EngineFailure(error: list)) }
            return
        }
        try scanner.beginObject()
        while let key = try scanner.nextKey() {
            // Lengths are compared first: most members of a chunk are of no interest.
            switch key.range.count {
            case 7 where scanner.isNamed(key, "choices"): try readChoices(&scanner, into: &batch)
            case 7 where scanner.isNamed(key, "timings"):
                noteMore(unlessNull: scanner.peek())
                try usage.readTimings(&scanner)
            case 5 where scanner.isNamed(key, "usage"):
                noteMore(unlessNull: scanner.peek())
                hasCounts = scanner.peek() == UInt8(ascii: "{")
                try usage.readUsage(&scanner)
            case 5 where scanner.isNamed(key, "error"):
                let error = scanner.raw(try scanner.skipValue())
                // `"error": true` stands beside its message.
                if error.boolValue == true { isErrorObject = true } else { note(error: error) }
            case 6 where scanner.isNamed(key, "object"):
                let object = try scanner.skipValue()
                // The form of error that older servers write into the stream: the object itself is the error.
                if object.count == 7 { isErrorObject = scanner.bytes(object).elementsEqual(#""error""#.utf8) }
            case 6 where scanner.isNamed(key, "x_groq"):
                noteMore(unlessNull: scanner.peek())
                if let error = try usage.readVendor(scanner.bytes(try scanner.skipValue())) { note(error: error) }
            case 9 where scanner.isNamed(key, "base_resp"):
                noteMore(unlessNull: scanner.peek())
                note(status: scanner.raw(try scanner.skipValue()))
            default: try scanner.skipValue()
            }
        }
        try scanner.expectEnd()
        // A chunk without an answer and without counts is rare, and may be an error by another name.
        guard isErrorObject || !hasChoice && !hasCounts, failure == nil || isToldByFinish else { return }
        let chunk = scanner.raw(0..<scanner.position)
        if isErrorObject || FailureReader.isError(chunk) { fail(EngineFailure(error: chunk)) }
    }

    private mutating func note(error: RawJSON) {
        if FailureReader.isFailure(error) { fail(EngineFailure(error: error)) }
    }

    /// MiniMax: a status beside the answer, where 0 is success.
    private mutating func note(status: RawJSON) {
        guard let code = status["status_code"]?.intValue, code != 0 else { return }
        var failure = EngineFailure(error: status)
        if failure.message.isEmpty { failure.message = EngineFailure.bounded(status["status_msg"]?.stringValue ?? "") }
        fail(failure)
    }

    private mutating func fail(_ told: EngineFailure) {
        if failure != nil, !isToldByFinish { return }
        isToldByFinish = false
        failed = .by(told.engineError(status: nil), told)
    }

    private var failure: EngineError? {
        if case .by(let error, _) = failed { error } else { nil }
    }

    /// What the engine said of its failure, as it came.
    var told: EngineFailure? {
        if case .by(_, let told) = failed { told } else { nil }
    }

    private var isErrorObject = false
    private var hasChoice = false
    private var hasCounts = false

    private mutating func readChoices(_ scanner: inout JSONScanner, into batch: inout GenerationBatch) throws(JSONError) {
        guard scanner.peek() == UInt8(ascii: "[") else {
            try scanner.skipValue()
            return
        }
        try scanner.beginArray()
        var isFirst = true
        while try scanner.nextElement() {
            guard scanner.peek() == UInt8(ascii: "{") else {
                try scanner.skipValue()
                continue
            }
            hasChoice = true
            try readChoice(&scanner, isFirst: isFirst, into: &batch)
            isFirst = false
        }
    }

    private mutating func readChoice(
        _ scanner: inout JSONScanner, isFirst: Bool, into batch: inout GenerationBatch
    ) throws(JSONError) {
        var index: Int?
        var reason: JSONScanner.StringSpan?
        var logprobs: Range<Int>?
        var delta: Range<Int>?
        var message: Range<Int>?
        var read = Delta()
        try scanner.beginObject()
        while let key = try scanner.nextKey() {
            switch key.range.count {
            case 5 where scanner.isNamed(key, "delta"):
                if let choice, index == choice, scanner.peek() == UInt8(ascii: "{") {
                    read = try readDelta(&scanner, offset: 0, into: &batch)
                } else {
                    // Whose it is stands behind it, or it is another's.
                    delta = try scanner.skipValue()
                }
            case 7 where scanner.isNamed(key, "message"): message = try scanner.skipValue()
            case 5 where scanner.isNamed(key, "index"):
                let range = try scanner.skipValue()
                index = range.count == 1 ? Int(scanner.bytes(range)[0]) - 0x30 : scanner.bytes(range).wholeNumber
            case 5 where scanner.isNamed(key, "error"): note(error: scanner.raw(try scanner.skipValue()))
            case 5 where scanner.isNamed(key, "usage"):
                noteMore(unlessNull: scanner.peek())
                try usage.readUsage(&scanner)
            case 13 where scanner.isNamed(key, "finish_reason") && scanner.peek() == UInt8(ascii: "\""),
                12 where scanner.isNamed(key, "finishReason") && scanner.peek() == UInt8(ascii: "\""):
                reason = try scanner.scanString()
            case 8 where scanner.isNamed(key, "logprobs"): logprobs = try scanner.skipValue()
            // vLLM's: the stop string, or a token's number.
            case 11 where scanner.isNamed(key, "stop_reason") && scanner.peek() == UInt8(ascii: "\""):
                stopString = scanner.string(try scanner.scanString())
            // The older completions say it without a delta.
            case 4 where scanner.isNamed(key, "text") && scanner.peek() == UInt8(ascii: "\""):
                let span = try scanner.scanString()
                if delta == nil, message == nil, !span.range.isEmpty {
                    saysMore = true
                    add(text: scanner.bytes(span.range), span, into: &batch)
                }
            default: try scanner.skipValue()
            }
        }
        if let index, index != choice {
            var bytes: UnsafeBufferPointer<UInt8>?
            if let delta { bytes = scanner.bytes(delta) }
            if !isOurs(index, isFirst, bytes) { return }
        }
        if let delta, scanner.bytes(delta).first == UInt8(ascii: "{") {
            var inner = JSONScanner(scanner.bytes(delta))
            read = try readDelta(&inner, offset: delta.lowerBound, into: &batch)
        }
        if let reason = reason ?? read.reason, !reason.range.isEmpty {
            hear(reason: scanner.string(reason))
        }
        if let echo = read.echo, finish == nil {
            add(text: scanner.bytes(echo.range), echo, into: &batch)
            read.hasText = true
        }
        if let message, scanner.bytes(message).first == UInt8(ascii: "{") {
            read.hasText = try readMessage(scanner.bytes(message), into: &batch) || read.hasText
        }
        if wantsLogprobs, let logprobs {
            noteMore(unlessNull: scanner.bytes(logprobs)[0])
            if read.hasText, let items = scanner.raw(logprobs)["content"], items.isArray { batch.append(logprobs: items) }
        }
    }

    /// Whether a choice of another index than the last is the answer all the same. One answer is asked for, and some engines
    /// count chunks by the index of their choice; of an engine that sends several, each begins with its role.
    private mutating func isOurs(_ index: Int, _ isFirst: Bool, _ delta: UnsafeBufferPointer<UInt8>?) -> Bool {
        if choice == nil, isFirst {
            choice = index
            return true
        }
        // What is decided here holds for this chunk only.
        saysMore = true
        let begins = delta.map { RawJSON(validated: Array($0)) }.map { delta in
            delta["role"] != nil && delta["content"]?.stringValue ?? "" == "" && (delta["tool_calls"]?.isNull ?? true)
        }
        guard isFirst, begins != true, !otherChoices.contains(index) else {
            // Nobody asks for so many.
            if otherChoices.count < 1024 { otherChoices.insert(index) }
            shape = ChunkShape()
            return false
        }
        choice = index
        return true
    }

    private mutating func hear(reason: String) {
        saysMore = true
        switch FinishWord(reason) {
        case .none: break
        case .failure:
            if failure != nil { return }
            fail(EngineFailure(finishReason: reason))
            isToldByFinish = true
        // Told twice, the word that says more holds.
        case .finish(.stop): finish = finish ?? .stop
        case .finish(let reason): finish = reason
        }
    }

    // MARK: Deltas

    /// What a delta brought, as far as the choice around it needs that.
    private struct Delta {
        /// Text of the answer came.
        var hasText = false
        /// A reason to stop, which belongs beside the delta.
        var reason: JSONScanner.StringSpan?
        /// A text that is as long as all before it, and begins like it: at the end it is all of that once more.
        var echo: JSONScanner.StringSpan?
    }

    /// The members of a delta or a message, of which each is read when all are known.
    private struct Members {
        var content: JSONScanner.StringSpan?
        var contentParts: Range<Int>?
        var reasoning: JSONScanner.StringSpan?
        var reasoningParts: Range<Int>?
        var refusal: JSONScanner.StringSpan?
        var toolCalls: Range<Int>?
        var functionCall: Range<Int>?
        var reason: JSONScanner.StringSpan?
    }

    private mutating func readMembers(_ scanner: inout JSONScanner) throws(JSONError) -> Members {
        var members = Members()
        try scanner.beginObject()
        while let key = try scanner.nextKey() {
            if scanner.peek() == UInt8(ascii: "\"") {
                let span = try scanner.scanString()
                if span.range.isEmpty { continue }
                switch key.range.count {
                case 7 where scanner.isNamed(key, "content"): members.content = span
                case 7 where scanner.isNamed(key, "refusal"): members.refusal = span
                // Engines have renamed it; some send two names with one text.
                case 9 where scanner.isNamed(key, "reasoning"), 17 where scanner.isNamed(key, "reasoning_content"),
                    14 where scanner.isNamed(key, "reasoning_text"), 8 where scanner.isNamed(key, "thinking"),
                    16 where scanner.isNamed(key, "thinking_content"), 7 where scanner.isNamed(key, "thought"):
                    members.reasoning = members.reasoning ?? span
                    if notesReasoningName { noteReasoning(named: scanner.string(key)) }
                case 5 where scanner.isNamed(key, "error"):
                    note(error: scanner.raw(span.range.lowerBound - 1..<span.range.upperBound + 1))
                case 13 where scanner.isNamed(key, "finish_reason"): members.reason = span
                default: break
                }
            } else {
                let range = try scanner.skipValue()
                switch key.range.count {
                case 10 where scanner.isNamed(key, "tool_calls"): members.toolCalls = range
                case 13 where scanner.isNamed(key, "function_call"): members.functionCall = range
                case 7 where scanner.isNamed(key, "content"): members.contentParts = range
                case 17 where scanner.isNamed(key, "reasoning_details"), 9 where scanner.isNamed(key, "reasoning"),
                    8 where scanner.isNamed(key, "thinking"):
                    if scanner.bytes(range)[0] != UInt8(ascii: "n") { members.reasoningParts = members.reasoningParts ?? range }
                    if key.range.count == 17, range.count > 2 { note(details: scanner.raw(range)) }
                case 5 where scanner.isNamed(key, "error"): note(error: scanner.raw(range))
                case 5 where scanner.isNamed(key, "usage"):
                    noteMore(unlessNull: scanner.bytes(range)[0])
                    var inner = JSONScanner(scanner.bytes(range))
                    try usage.readUsage(&inner)
                default: break
                }
            }
        }
        return members
    }

    /// Reads a delta and adds what it brings in the order of the Responses API: reasoning, text, calls.
    ///
    /// - Parameter offset: where the scanner's bytes stand in the chunk.
    private mutating func readDelta(
        _ scanner: inout JSONScanner, offset: Int, into batch: inout GenerationBatch
    ) throws(JSONError) -> Delta {
        let members = try readMembers(&scanner)
        var delta = Delta(reason: members.reason.map { Self.moved($0, by: offset) })
        let events = batch.events.count
        if let reasoning = members.reasoning {
            note(.reasoning, Self.moved(reasoning, by: offset).range)
            add(reasoning: scanner.bytes(reasoning.range), reasoning, into: &batch)
        } else if let parts = members.reasoningParts {
            saysMore = true
            try readParts(scanner.bytes(parts), areReasoning: true, depth: 0, into: &batch)
        }
        let eventsBefore = batch.events.count
        if let content = members.content {
            if said.isEcho(scanner.bytes(content.range)) {
                saysMore = true
                delta.echo = Self.moved(content, by: offset)
            } else {
                note(.answer, Self.moved(content, by: offset).range)
                add(text: scanner.bytes(content.range), content, into: &batch)
            }
        } else if let parts = members.contentParts {
            noteMore(unlessNull: scanner.bytes(parts)[0])
            try readParts(scanner.bytes(parts), areReasoning: false, depth: 0, into: &batch)
        }
        delta.hasText = batch.events.count > eventsBefore
        if let refusal = members.refusal { add(refusal: scanner.bytes(refusal.range), refusal, into: &batch) }
        if let toolCalls = members.toolCalls {
            noteMore(unlessNull: scanner.bytes(toolCalls)[0])
            try calls.read(scanner.bytes(toolCalls), into: &batch)
        }
        if let functionCall = members.functionCall {
            noteMore(unlessNull: scanner.bytes(functionCall)[0])
            try calls.readFunctionCall(scanner.bytes(functionCall), into: &batch)
        }
        if let problem = calls.problem, failure == nil { failed = .by(problem, nil) }
        // The end was none: the answer goes on.
        if finish != nil, batch.events.count > events { finish = nil }
        return delta
    }

    private static func moved(_ span: JSONScanner.StringSpan, by offset: Int) -> JSONScanner.StringSpan {
        if offset == 0 { return span }
        var moved = span
        moved.range = span.range.lowerBound + offset..<span.range.upperBound + offset
        return moved
    }

    /// Reads a whole message: the answer of an engine that does not stream, or what its deltas said once more.
    ///
    /// - Returns: whether text of the answer came.
    private mutating func readMessage(
        _ bytes: UnsafeBufferPointer<UInt8>, into batch: inout GenerationBatch
    ) throws(JSONError) -> Bool {
        saysMore = true
        var scanner = JSONScanner(bytes)
        let members = try readMembers(&scanner)
        if !hasReasoning || !messageReasoning.isEmpty {
            if var reasoning = members.reasoning {
                let known = messageReasoning.read(scanner.bytes(reasoning.range))
                reasoning.range = reasoning.range.lowerBound + known..<reasoning.range.upperBound
                if !reasoning.range.isEmpty { add(reasoning: scanner.bytes(reasoning.range), reasoning, into: &batch) }
            } else if let parts = members.reasoningParts {
                try readParts(scanner.bytes(parts), areReasoning: true, depth: 0, into: &batch)
            }
        }
        let eventsBefore = batch.events.count
        if said.isEmpty || !messageText.isEmpty {
            if var content = members.content {
                let known = messageText.read(scanner.bytes(content.range))
                content.range = content.range.lowerBound + known..<content.range.upperBound
                if !content.range.isEmpty { add(text: scanner.bytes(content.range), content, into: &batch) }
            } else if let parts = members.contentParts {
                try readParts(scanner.bytes(parts), areReasoning: false, depth: 0, into: &batch)
            }
        }
        let hasText = batch.events.count > eventsBefore
        if let refusal = members.refusal, !hasRefusal { add(refusal: scanner.bytes(refusal.range), refusal, into: &batch) }
        if let toolCalls = members.toolCalls { try calls.readWhole(scanner.bytes(toolCalls), into: &batch) }
        if let functionCall = members.functionCall, calls.isEmpty {
            try calls.readFunctionCall(scanner.bytes(functionCall), into: &batch)
        }
        if let problem = calls.problem, failure == nil { failed = .by(problem, nil) }
        if let reason = members.reason { hear(reason: scanner.string(reason)) }
        return hasText
    }

    /// Engines send reasoning under several names, some under two; the oldest counts.
    private mutating func noteReasoning(named name: String) {
        guard let name = AnswerExtras.ReasoningName(rawValue: name) else { return }
        if reasoningName == nil || name == .reasoningContent { reasoningName = name }
    }

    private mutating func note(details array: RawJSON) {
        saysMore = true
        details.read(array)
        calls.needsIDs = calls.needsIDs || !details.isEmpty
    }

    // MARK: Texts

    /// The chunk brought text; only one that brought nothing else has a shape to learn.
    private mutating func note(_ kind: ChunkShape.Text.Kind, _ range: Range<Int>) {
        if text != nil { saysMore = true }
        text = ChunkShape.Text(kind: kind, range: range)
    }

    /// The chunk has a member beside its text that may mean something, unless the value, given by its first byte, is null.
    private mutating func noteMore(unlessNull first: UInt8) {
        if first != UInt8(ascii: "n") { saysMore = true }
    }

    private mutating func add(
        reasoning: UnsafeBufferPointer<UInt8>, _ span: JSONScanner.StringSpan, into batch: inout GenerationBatch
    ) {
        let before = batch.escaped.count
        hasReasoning = true
        think.turnOff(into: &batch)
        if let joined = reasoningHalf.joined(reasoning, isCanonical: span.isCanonical) {
            if !joined.isEmpty { joined.withUnsafeBufferPointer { batch.append(reasoning: $0, hasEscapes: true) } }
        } else {
            batch.append(reasoning: reasoning, hasEscapes: !span.isCanonical)
        }
        produced.reasoningBytes += batch.escaped.count - before
    }

    private mutating func add(text: UnsafeBufferPointer<UInt8>, _ span: JSONScanner.StringSpan, into batch: inout GenerationBatch) {
        said.add(text)
        if let joined = textHalf.joined(text, isCanonical: span.isCanonical) {
            if !joined.isEmpty { joined.withUnsafeBufferPointer { addWhole(text: $0, hasEscapes: true, into: &batch) } }
        } else {
            addWhole(text: text, hasEscapes: !span.isCanonical, into: &batch)
        }
    }

    private mutating func addWhole(text: UnsafeBufferPointer<UInt8>, hasEscapes: Bool, into batch: inout GenerationBatch) {
        if think.isPast {
            batch.append(text: text, hasEscapes: hasEscapes)
            return
        }
        let events = batch.events.count
        think.read(text, hasEscapes: hasEscapes, into: &batch)
        for case .reasoning(let range) in batch.events[events...] { produced.reasoningBytes += range.count }
    }

    private mutating func add(
        refusal: UnsafeBufferPointer<UInt8>, _ span: JSONScanner.StringSpan, into batch: inout GenerationBatch
    ) {
        saysMore = true
        hasRefusal = true
        if let joined = refusalHalf.joined(refusal, isCanonical: span.isCanonical) {
            if !joined.isEmpty { joined.withUnsafeBufferPointer { batch.append(refusal: $0, hasEscapes: true) } }
        } else {
            batch.append(refusal: refusal, hasEscapes: !span.isCanonical)
        }
    }

    /// Parts, as Mistral's API writes content: text, and thoughts as texts or lists of text. Of what OpenRouter calls
    /// `reasoning_details`, the texts and summaries.
    private mutating func readParts(
        _ bytes: UnsafeBufferPointer<UInt8>, areReasoning: Bool, depth: Int, into batch: inout GenerationBatch
    ) throws(JSONError) {
        // A list of parts, each of which may hold such a list.
        guard depth < 6 else { return }
        var scanner = JSONScanner(bytes)
        switch scanner.peek() {
        case UInt8(ascii: "["):
            try scanner.beginArray()
            while try scanner.nextElement() {
                let range = try scanner.skipValue()
                try readParts(scanner.bytes(range), areReasoning: areReasoning, depth: depth + 1, into: &batch)
            }
        case UInt8(ascii: "\""):
            let span = try scanner.scanString()
            if span.range.isEmpty { return }
            if areReasoning {
                add(reasoning: scanner.bytes(span.range), span, into: &batch)
            } else {
                add(text: scanner.bytes(span.range), span, into: &batch)
            }
        case UInt8(ascii: "{"):
            try scanner.beginObject()
            while let key = try scanner.nextKey() {
                let isText = scanner.isNamed(key, "text") || scanner.isNamed(key, "content") || scanner.isNamed(key, "summary")
                let isThought = scanner.isNamed(key, "thinking") || scanner.isNamed(key, "reasoning")
                let range = try scanner.skipValue()
                guard isText || isThought else { continue }
                try readParts(scanner.bytes(range), areReasoning: areReasoning || isThought, depth: depth + 1, into: &batch)
            }
        default: break
        }
    }
}
