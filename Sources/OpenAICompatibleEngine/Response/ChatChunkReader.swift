import ResponsesAPI
import ResponsesEngine

/// Makes generation events of Chat Completions chunks (responses-api 14).
///
/// A value: it is given chunks and adds to a batch. Hot path: a chunk is scanned once, or not at all where only its text is
/// another than the last chunk's; texts are copied escaped as they are, and nothing is allocated for one of plain text.
package struct ChatChunkReader: Sendable {
    package struct Options: Sendable {
        package var calls: CallPolicy
        package var partsThinkTags = true
        package var wantsLogprobs = false
        /// The size of the request, to estimate its tokens when the engine does not count.
        package var promptBytes = 0
        /// An answer with more calls fails.
        package var callsMax = OpenAICompatibleLimits().callsMax
        /// What is kept of calls before it can be handed on; of more the answer fails.
        package var heldBytesMax = OpenAICompatibleLimits().eventBytesMax

        package init(calls: CallPolicy) { self.calls = calls }
    }

    private let wantsLogprobs: Bool
    private let promptBytes: Int
    private var think: ThinkTagReader
    private var calls: ToolCallReader
    private var usage = UsageReader()
    private var produced = UsageReader.Produced()
    package private(set) var finish: FinishReason?
    private var failure: EngineError?
    /// What the engine said of its failure, as it came; `failure` was made of it.
    private(set) var told: EngineFailure?
    private var shape = ChunkShape()
    /// The text of the chunk at hand, and whether the chunk said anything beside it.
    private var text: ChunkShape.Text?
    private var saysMore = false

    package init(_ options: Options) {
        wantsLogprobs = options.wantsLogprobs
        promptBytes = options.promptBytes
        think = ThinkTagReader(isOn: options.partsThinkTags)
        calls = ToolCallReader(policy: options.calls, callsMax: options.callsMax, heldBytesMax: options.heldBytesMax)
    }

    /// Whether `data` is the end mark of a stream.
    package static func isDone(_ data: UnsafeBufferPointer<UInt8>) -> Bool {
        data.first == UInt8(ascii: "[") && data.elementsEqual("[DONE]".utf8)
    }

    /// Reads one chunk, or one whole completion.
    ///
    /// - Throws: `EngineError` for an error object in the stream, and for a chunk that is not JSON.
    package mutating func read(_ chunk: UnsafeBufferPointer<UInt8>, into batch: inout GenerationBatch) throws(EngineError) {
        let before = batch.escaped.count
        defer { produced.bytes += batch.escaped.count - before }
        // After the end, a choice says nothing.
        if finish == nil, let (kind, span) = shape.text(of: chunk) {
            let bytes = UnsafeBufferPointer(rebasing: chunk[span.range])
            switch kind {
            case .answer: add(text: bytes, hasEscapes: !span.isCanonical, into: &batch)
            case .reasoning: add(reasoning: bytes, hasEscapes: !span.isCanonical, into: &batch)
            }
            return
        }
        text = nil
        saysMore = false
        var scanner = JSONScanner(chunk)
        do throws(JSONError) {
            try readChunk(&scanner, into: &batch)
        } catch {
            throw EngineError(
                .interrupted, "The engine sent a chunk that is not valid JSON (\(error)). Try again.", detail: "\(error)")
        }
        if let failure { throw failure }
        if let text, !saysMore { shape.learn(chunk, text) }
    }

    /// The stream ended, with `[DONE]` or without.
    ///
    /// - Returns: why the engine stopped, and its counts.
    /// - Throws: `EngineError.interrupted` when the engine never said why it stopped.
    package func end() throws(EngineError) -> GenerationResult {
        guard let finish else {
            throw EngineError(.interrupted, "The engine's answer stopped in the middle. Try again.")
        }
        return GenerationResult(finish: finish, usage: usage.usage(promptBytes: promptBytes, produced: produced))
    }

    // MARK: The chunk

    private mutating func readChunk(_ scanner: inout JSONScanner, into batch: inout GenerationBatch) throws(JSONError) {
        guard scanner.peek() == UInt8(ascii: "{") else {
            try scanner.skipValue()
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
                try usage.readUsage(&scanner)
            case 5 where scanner.isNamed(key, "error"):
                let error = scanner.raw(try scanner.skipValue())
                if !error.isNull { fail(EngineFailure(error: error)) }
            case 6 where scanner.isNamed(key, "object"):
                let object = try scanner.skipValue()
                // The form of error that older servers write into the stream: the object itself is the error.
                if object.count == 7 { isErrorObject = scanner.bytes(object).elementsEqual(#""error""#.utf8) }
            default: try scanner.skipValue()
            }
        }
        try scanner.expectEnd()
        if isErrorObject {
            fail(EngineFailure(error: scanner.raw(0..<scanner.position)))
        }
    }

    private mutating func fail(_ told: EngineFailure) {
        if failure != nil { return }
        self.told = told
        failure = told.engineError(status: nil)
    }

    private var isErrorObject = false

    private mutating func readChoices(_ scanner: inout JSONScanner, into batch: inout GenerationBatch) throws(JSONError) {
        guard scanner.peek() == UInt8(ascii: "[") else {
            try scanner.skipValue()
            return
        }
        try scanner.beginArray()
        while try scanner.nextElement() {
            guard scanner.peek() == UInt8(ascii: "{") else {
                try scanner.skipValue()
                continue
            }
            if finish == nil { try readChoice(&scanner, into: &batch) } else { noteLate(scanner.raw(try scanner.skipValue())) }
        }
    }

    /// A choice after the end says nothing, unless it brings a call that the client would never see.
    private mutating func noteLate(_ choice: RawJSON) {
        guard choice["index"]?.intValue ?? 0 == 0, let calls = (choice["delta"] ?? choice["message"])?["tool_calls"] else { return }
        for call in calls.elements {
            // Some servers repeat the whole answer at its end.
            guard let name = call["function"]?["name"]?.stringValue, !name.isEmpty, !self.calls.has(callNamed: name) else { continue }
            failure = failure ?? EngineError(.failed, "The engine sent a tool call after it had said that it was done. Try again.")
            return
        }
    }

    private mutating func readChoice(_ scanner: inout JSONScanner, into batch: inout GenerationBatch) throws(JSONError) {
        var index: Int?
        var reason: JSONScanner.StringSpan?
        var logprobs: Range<Int>?
        var delta: Range<Int>?
        var hasText = false
        try scanner.beginObject()
        while let key = try scanner.nextKey() {
            switch key.range.count {
            case 5 where scanner.isNamed(key, "delta"), 7 where scanner.isNamed(key, "message"):
                if index == 0, scanner.peek() == UInt8(ascii: "{") {
                    hasText = try readDelta(&scanner, into: &batch)
                } else {
                    // Whose it is stands behind it, or it is another's.
                    delta = try scanner.skipValue()
                }
            case 5 where scanner.isNamed(key, "index"):
                let range = try scanner.skipValue()
                // Only the first of several choices was asked for.
                index = range.count == 1 && scanner.bytes(range)[0] == UInt8(ascii: "0") ? 0 : 1
            case 13 where scanner.isNamed(key, "finish_reason") && scanner.peek() == UInt8(ascii: "\""):
                reason = try scanner.scanString()
            case 8 where scanner.isNamed(key, "logprobs"): logprobs = try scanner.skipValue()
            default: try scanner.skipValue()
            }
        }
        guard index ?? 0 == 0 else { return }
        if let delta, scanner.bytes(delta).first == UInt8(ascii: "{") {
            var inner = JSONScanner(scanner.bytes(delta))
            hasText = try readDelta(&inner, into: &batch)
            if let place = text?.range { text?.range = place.lowerBound + delta.lowerBound..<place.upperBound + delta.lowerBound }
        }
        if wantsLogprobs, let logprobs {
            noteMore(unlessNull: scanner.bytes(logprobs)[0])
            if hasText, let items = scanner.raw(logprobs)["content"], items.isArray { batch.append(logprobs: items) }
        }
        if let reason { finish(scanner.string(reason), into: &batch) }
    }

    /// Reads a delta and adds what it brings in the order of the Responses API: reasoning, text, calls.
    ///
    /// - Returns: whether text of the answer came.
    private mutating func readDelta(_ scanner: inout JSONScanner, into batch: inout GenerationBatch) throws(JSONError) -> Bool {
        var content: JSONScanner.StringSpan?
        var contentParts: Range<Int>?
        var reasoning: JSONScanner.StringSpan?
        var refusal: JSONScanner.StringSpan?
        var toolCalls: Range<Int>?
        var functionCall: Range<Int>?
        try scanner.beginObject()
        while let key = try scanner.nextKey() {
            if scanner.peek() == UInt8(ascii: "\"") {
                let span = try scanner.scanString()
                if span.range.isEmpty { continue }
                switch key.range.count {
                case 7 where scanner.isNamed(key, "content"): content = span
                case 7 where scanner.isNamed(key, "refusal"): refusal = span
                // Engines have renamed it; some send both names with one text.
                case 9 where scanner.isNamed(key, "reasoning"), 17 where scanner.isNamed(key, "reasoning_content"):
                    reasoning = reasoning ?? span
                default: break
                }
            } else {
                let range = try scanner.skipValue()
                switch key.range.count {
                case 10 where scanner.isNamed(key, "tool_calls"): toolCalls = range
                case 13 where scanner.isNamed(key, "function_call"): functionCall = range
                case 7 where scanner.isNamed(key, "content"): contentParts = range
                default: break
                }
            }
        }
        if let reasoning {
            note(.reasoning, reasoning.range)
            add(reasoning: scanner.bytes(reasoning.range), hasEscapes: !reasoning.isCanonical, into: &batch)
        }
        let eventsBefore = batch.events.count
        if let content {
            note(.answer, content.range)
            add(text: scanner.bytes(content.range), hasEscapes: !content.isCanonical, into: &batch)
        } else if let contentParts {
            noteMore(unlessNull: scanner.bytes(contentParts)[0])
            try readContentParts(scanner.bytes(contentParts), into: &batch)
        }
        let hasText = batch.events.count > eventsBefore
        if let refusal {
            saysMore = true
            batch.append(refusal: scanner.bytes(refusal.range), hasEscapes: !refusal.isCanonical)
        }
        if let toolCalls {
            noteMore(unlessNull: scanner.bytes(toolCalls)[0])
            try calls.read(scanner.bytes(toolCalls), into: &batch)
        }
        if let functionCall {
            noteMore(unlessNull: scanner.bytes(functionCall)[0])
            try calls.readFunctionCall(scanner.bytes(functionCall), into: &batch)
        }
        if let problem = calls.problem { failure = failure ?? problem }
        return hasText
    }

    /// The chunk brought text; only one that brought nothing else has a shape to learn.
    private mutating func note(_ kind: ChunkShape.Text.Kind, _ range: Range<Int>) {
        if text != nil { saysMore = true }
        text = ChunkShape.Text(kind: kind, range: range)
    }

    /// The chunk has a member beside its text that may mean something, unless the value, given by its first byte, is null.
    private mutating func noteMore(unlessNull first: UInt8) {
        if first != UInt8(ascii: "n") { saysMore = true }
    }

    private mutating func add(reasoning: UnsafeBufferPointer<UInt8>, hasEscapes: Bool, into batch: inout GenerationBatch) {
        let before = batch.escaped.count
        think.turnOff(into: &batch)
        batch.append(reasoning: reasoning, hasEscapes: hasEscapes)
        produced.reasoningBytes += batch.escaped.count - before
    }

    private mutating func add(text: UnsafeBufferPointer<UInt8>, hasEscapes: Bool, into batch: inout GenerationBatch) {
        if think.isPast {
            batch.append(text: text, hasEscapes: hasEscapes)
            return
        }
        let events = batch.events.count
        think.read(text, hasEscapes: hasEscapes, into: &batch)
        for case .reasoning(let range) in batch.events[events...] { produced.reasoningBytes += range.count }
    }

    /// Content as an array of parts, as Mistral's API writes it: text, and thoughts as lists of text.
    private mutating func readContentParts(_ bytes: UnsafeBufferPointer<UInt8>, into batch: inout GenerationBatch) throws(JSONError) {
        guard bytes.first == UInt8(ascii: "[") else { return }
        for part in RawJSON(validated: Array(bytes)).elements {
            if let text = part["text"]?.stringValue {
                batch.append(text: text)
            } else if let thoughts = part["thinking"]?.elements {
                for thought in thoughts {
                    guard let text = thought["text"]?.stringValue else { continue }
                    batch.append(reasoning: text)
                    produced.reasoningBytes += text.utf8.count
                }
            }
        }
    }

    private mutating func finish(_ reason: String, into batch: inout GenerationBatch) {
        saysMore = true
        let events = batch.events.count
        think.end(into: &batch)
        for case .reasoning(let range) in batch.events[events...] { produced.reasoningBytes += range.count }
        calls.end(into: &batch)
        switch reason {
        case "length", "max_tokens", "model_length": finish = .length
        case "content_filter": finish = .contentFilter
        case "error", "abort":
            failure = failure ?? EngineError(.failed, "The engine gave up on this answer. Try again.")
            return
        default:
            // Of an answer that was cut off, a call may lack its name. One that is whole lacks nothing.
            if let problem = calls.problem {
                failure = failure ?? problem
            } else {
                finish = .stop
            }
        }
    }
}
