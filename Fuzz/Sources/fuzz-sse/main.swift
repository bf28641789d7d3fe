import ChatResponse
import FuzzSupport
import LibC
import ResponsesAPI
import ResponsesEngine

// Goal: whatever bytes an engine sends, the readers of its stream neither trap nor read beyond them, read the same
// however the bytes are cut, keep the rules of a generation, and pass on only text that may stand in JSON as it is.
// Method: the first two bytes of an input choose options and cuts, the rest is the stream. Limits are small, so that they
// are reached.

/// A generation's events, joined.
struct Heard: Equatable {
    var text: [UInt8] = []
    var reasoning: [UInt8] = []
    var refusal: [UInt8] = []
    var calls: [ToolCallHead] = []
    var inputs: [[UInt8]] = []
    var logprobs: [RawJSON] = []
    var result: GenerationResult?
    /// How it failed: the kind of an `EngineError`, or nil for an event above the limit.
    var failure: EngineError.Kind??

    mutating func add(_ batch: GenerationBatch) {
        for event in batch.events {
            switch event {
            case .text(let range): text += checked(batch, range)
            case .refusal(let range): refusal += checked(batch, range)
            case .reasoning(let range): reasoning += checked(batch, range)
            case .toolCall(let call, let head):
                require(call == calls.count, "call \(call) after \(calls.count)")
                calls.append(head)
                inputs.append([])
            case .toolInput(let call, let range):
                require(calls.indices.contains(call), "input of a call that never began")
                inputs[call] += checked(batch, range)
            case .logprobs(let json): logprobs.append(json)
            default: require(false, "not of Chat Completions, or in mid-stream: \(event)")
            }
        }
    }

    mutating func add(_ result: GenerationResult) {
        require(result.usage.cachedTokens <= result.usage.inputTokens, "more cached than there is")
        require(result.usage.reasoningTokens <= result.usage.outputTokens, "more reasoning than there is")
        self.result = result
    }
}

/// The bytes of a text, which must be canonical: valid between quotes, and in the one spelling.
func checked(_ batch: GenerationBatch, _ range: Range<Int>) -> [UInt8] {
    let bytes = Array(batch.escaped[range])
    let quoted = [UInt8(ascii: "\"")] + bytes + [UInt8(ascii: "\"")]
    require((try? RawJSON(parsing: quoted)) != nil, "text that is not JSON: \(bytes)")
    var canonical: [UInt8] = []
    bytes.withUnsafeBufferPointer { JSONEscapes.canonicalize($0, into: &canonical) }
    require(canonical == bytes, "text in another spelling: \(bytes)")
    return bytes
}

func hear(_ stream: [UInt8], _ options: ChatChunkReader.Options, nextSize: () -> Int) -> Heard {
    var events = SSEReader(lengthMax: 2000, isLenient: true)
    var chunks = ChatChunkReader(options)
    var batch = GenerationBatch()
    var isDone = false
    var heard = Heard()
    func handle(_ event: SSEReader.Event) throws {
        if isDone { return }
        isDone = ChatChunkReader.isDone(event.data)
        // A copy of its own, so that the sanitizer sees a read beyond it.
        try Array(event.data).withUnsafeBufferPointer {
            if isDone {
                heard.add(try chunks.end(isMarked: true, into: &batch))
            } else if !event.isStray {
                try chunks.read($0, into: &batch)
            }
        }
    }
    var start = 0
    do {
        while start < stream.count {
            let piece = Array(stream[start..<min(start + max(1, nextSize()), stream.count)])
            start += piece.count
            try piece.withUnsafeBufferPointer { try events.read($0) { try handle($0) } }
            heard.add(batch)
            batch.removeAll()
        }
        try events.end { try handle($0) }
        if !isDone { heard.add(try chunks.end(isMarked: false, into: &batch)) }
    } catch {
        heard.failure = .some((error as? EngineError)?.kind)
    }
    heard.add(batch)
    require(heard.failure != nil || heard.result != nil, "an end without a result")
    return heard
}

exit(
    fuzz { start, count in
        var input = FuzzInput(start, count)
        let choices = input.nextByte()
        var state = UInt32(input.nextByte()) | 1
        let stream = input.rest

        var options = ChatChunkReader.Options(
            calls: CallPolicy(
                heads: [
                    "f": ToolCallHead(kind: .function, name: "f"), "c": ToolCallHead(kind: .custom, name: "c"),
                    "n__f": ToolCallHead(kind: .function, name: "f", namespace: "n"),
                ], allowed: choices & 1 == 0 ? nil : ["f", "c"], isParallel: choices & 2 == 0))
        options.partsThinkTags = choices & 4 == 0
        options.isThinkingOpened = choices & 16 != 0
        options.wantsLogprobs = choices & 8 != 0
        options.callsMax = 4

        let whole = hear(stream, options) { stream.count }
        let bytewise = hear(stream, options) { 1 }
        let pieces = hear(stream, options) {
            state = state &* 1_664_525 &+ 1_013_904_223
            return Int(state >> 24) % 40
        }
        require(bytewise == whole, "byte by byte: \(bytewise), whole: \(whole)")
        require(pieces == whole, "in pieces: \(pieces), whole: \(whole)")
        return 0
    })
