import ResponsesAPI
import ResponsesEngine

/// Turns what an engine makes into the events of one response: ids, indices, sequence numbers, one terminal event.
///
/// The one place where the order of events is decided, for every transport (responses-api 12). A value: told
/// what happened, it writes events into a buffer. What always holds: numbers count from 0 without a gap; the deltas
/// joined equal the `done` text, the item and the final response; nothing comes after the terminal event.
package struct ResponseAssembler: TurnWriter {
    package let id: ResponseID
    package let lane: LaneTag
    /// Nil for a wire whose events have no response object.
    private let echo: ResponseEcho?
    /// Another wire's, which then says everything.
    private var voice: (any TurnVoice)?
    private let settings: AssemblerSettings
    private var budget: ResponseBudget
    private var nextNumber = 0
    /// Finished items, as they stand in the final response.
    private var output: [RawJSON] = []
    private var open: OpenItem?
    /// What came while a call or an item was still being written and belongs behind it.
    private var deferred = DeferredEvents()
    /// Numbers and ids of the items that the engine handed over whole.
    private var foreignNumbers: Set<Int> = []
    private var foreignIDs: Set<String> = []
    /// Ids of this response's calls, where they must differ.
    private var callIDs: Set<String> = []
    /// Whether the response ends before the model did.
    private var isCutOff = false
    /// Nil for a request without stop strings.
    private var stops: StopScanner?
    /// The stop string that was met, or that the engine named.
    private var stoppedBy: String?
    private var usage: Usage?
    /// How the response ends, once that is decided; its last event is not yet written, or is.
    private var ending: Ending?

    private struct Ending {
        var type: EventName
        var snapshot: ResponseEcho.Snapshot
        var isWritten = false

        /// As another wire is told of it.
        func voiced(stoppedBy stop: String?) -> VoicedEnd {
            let reason: VoicedEnd.Reason = switch (snapshot.error, snapshot.incompleteReason.map { "\($0)" }) {
            case (let error?, _): .failed(error)
            case (nil, nil): stop.map { .stopString($0) } ?? .stop
            case (nil, "content_filter"): .contentFilter
            case (nil, "cancelled"): .cancelled
            case (nil, _): .length
            }
            return VoicedEnd(reason: reason, output: snapshot.output, usage: snapshot.usage)
        }
    }

    package init(id: ResponseID, lane: LaneTag, echo: ResponseEcho, settings: AssemblerSettings) {
        self.id = id
        self.lane = lane
        self.echo = echo
        self.settings = settings
        budget = settings.budget
        stops = StopScanner(settings.stops)
    }

    /// A response of another wire.
    package init(id: ResponseID, voice: any TurnVoice, settings: AssemblerSettings) {
        self.id = id
        lane = LaneTag(nil)
        echo = nil
        self.voice = voice
        self.settings = settings
        budget = settings.budget
        stops = StopScanner(settings.stops)
    }

    package var heldBytes: Int { (echo?.heldBytes ?? 0) + (voice?.heldBytes ?? 0) + endBytes }
    package var endBytes: Int { budget.taken }
    package var knownUsage: Usage? { usage }
    package var earlyEnd: EarlyEnd? { stoppedBy.map { .stopString($0) } ?? budget.exceeded.map { .limit($0) } }

    // MARK: The beginning, and silence

    /// `response.created` and `response.in_progress`: sent before the engine works, as clients start idle timers.
    ///
    /// In the background `response.created` and `response.queued`.
    package mutating func begin(into events: inout EventBuffer) {
        if voice != nil { return voice!.begin(into: &events) }
        if settings.isBackground {
            snapshot(.created, ResponseEcho.Snapshot(status: "queued"), into: &events)
            snapshot(.queued, ResponseEcho.Snapshot(status: "queued"), into: &events)
            return
        }
        snapshot(.created, ResponseEcho.Snapshot(status: "in_progress"), into: &events)
        snapshot(.inProgress, ResponseEcho.Snapshot(status: "in_progress"), into: &events)
    }

    package mutating func leaveQueue(into events: inout EventBuffer) {
        snapshot(.inProgress, ResponseEcho.Snapshot(status: "in_progress"), into: &events)
    }

    /// `response.in_progress` again, with the next number (websocket-mode 13.2).
    package mutating func heartbeat(into events: inout EventBuffer) {
        guard ending?.isWritten != true else { return }
        if voice != nil { return voice!.heartbeat(into: &events) }
        snapshot(.inProgress, ResponseEcho.Snapshot(status: "in_progress"), into: &events)
    }

    /// A number of this response's count for an event that is not the assembler's own.
    package mutating func takeNumber() -> Int {
        defer { nextNumber += 1 }
        return nextNumber
    }

    // MARK: What the engine makes

    package mutating func receive(_ batch: GenerationBatch, into events: inout EventBuffer) {
        guard ending == nil else { return }
        let list = batch.events
        var index = 0
        while index < list.count, budget.exceeded == nil, stoppedBy == nil {
            var logprobs: RawJSON?
            if index + 1 < list.count, case .logprobs(let json) = list[index + 1] { logprobs = json }
            receive(list[index], escaped: batch.escaped, logprobs: logprobs, into: &events)
            index += 1
        }
    }

    private mutating func receive(
        _ event: GenerationBatch.Event, escaped: [UInt8], logprobs: RawJSON?, into events: inout EventBuffer
    ) {
        switch event {
        case .usage(let usage): self.usage = usage
        case .logprobs: break
        // By far the most, so without the copies of the rest.
        case .text(let range) where logprobs == nil && deferred.isEmpty && stops == nil && open?.accepts(.text) == true:
            if let range = budget.fitting(range, of: escaped) { delta(escaped[range], into: &events) }
        default:
            let waits = mustWait(event)
            guard let event = affordable(event, waits: waits, escaped: escaped) else { return }
            var logprobs = logprobs
            // Those of a text that was cut are of more than its rest.
            if let json = logprobs, budget.exceeded != nil || !budget.take(json.bytes.count) { logprobs = nil }
            if waits {
                deferred.append(DeferredEvents.Entry(event: event, escaped: escaped, logprobs: logprobs))
            } else {
                write(event, escaped: escaped, logprobs: logprobs, into: &events)
                if !deferred.isEmpty { writeDeferred(into: &events) }
            }
        }
    }

    /// An event as far as the response's limit of bytes lets it in; nil when nothing of it fits.
    private mutating func affordable(
        _ event: GenerationBatch.Event, waits: Bool, escaped: [UInt8]
    ) -> GenerationBatch.Event? {
        if waits { budget.charge(DeferredEvents.entryBytes) }
        switch event {
        case .text(let range): return budget.fitting(range, of: escaped).map { .text($0) }
        case .refusal(let range): return budget.fitting(range, of: escaped).map { .refusal($0) }
        case .reasoning(let range): return budget.fitting(range, of: escaped).map { .reasoning($0) }
        case .reasoningSummary(let range): return budget.fitting(range, of: escaped).map { .reasoningSummary($0) }
        case .toolInput(let call, let range): return budget.fitting(range, of: escaped).map { .toolInput(call: call, $0) }
        case .toolCall(_, let head): return budget.take(head.byteCount) ? event : nil
        case .annotation(let json): return budget.take(json.bytes.count + ResponseBudget.frameBytes) ? event : nil
        case .itemBegan(_, let json): return budget.take(json.bytes.count) ? event : nil
        case .itemProgress(_, _, let fields): return !waits || budget.take(fields.bytes.count) ? event : nil
        case .itemEnded(let number, let json):
            // It takes the place of what the item was when it began.
            if case .foreign(let current) = open?.kind, current.number == number {
                return budget.take(max(0, json.bytes.count - current.json.bytes.count)) ? event : nil
            }
            return budget.take(json.bytes.count) ? event : nil
        case .partEnded, .logprobs, .usage: return event
        }
    }

    private mutating func write(
        _ event: GenerationBatch.Event, escaped: [UInt8], logprobs: RawJSON?, into events: inout EventBuffer
    ) {
        if stops?.isHolding == true { flushHeld(before: event, into: &events) }
        switch event {
        case .text(let range): stops == nil ? text(.text, escaped[range], logprobs, into: &events) : scan(escaped[range], logprobs, into: &events)
        case .refusal(let range): text(.refusal, escaped[range], nil, into: &events)
        case .reasoning(let range): text(.reasoning, escaped[range], nil, into: &events)
        case .reasoningSummary(let range): text(.summary, escaped[range], nil, into: &events)
        case .partEnded: if case .call = open?.kind {} else { closePart(into: &events) }
        case .annotation(let annotation): annotate(annotation, into: &events)
        case .itemBegan(let number, let item): beginItem(number, item, into: &events)
        case .itemProgress(let number, let name, let fields): progress(number, name, fields, into: &events)
        case .itemEnded(let number, let item): endItem(number, item, into: &events)
        case .toolCall(let call, let head): beginCall(call, head, into: &events)
        case .toolInput(let call, let range):
            guard case .call(let current) = open?.kind, current.number == call else { return }
            delta(escaped[range], into: &events)
        case .logprobs, .usage: break
        }
    }

    private mutating func text(
        _ kind: TextKind, _ escaped: ArraySlice<UInt8>, _ logprobs: RawJSON?, into events: inout EventBuffer
    ) {
        guard !escaped.isEmpty else { return }
        if open?.accepts(kind) != true { beginText(kind, into: &events) }
        // Not even begun, when there are too many items.
        guard open != nil else { return }
        if let logprobs, kind == .text {
            deltaWithLogprobs(escaped, logprobs, into: &events)
        } else {
            delta(escaped, into: &events)
        }
    }

    /// Text of a request with stop strings.
    private mutating func scan(_ escaped: ArraySlice<UInt8>, _ logprobs: RawJSON?, into events: inout EventBuffer) {
        guard stoppedBy == nil, let (said, found) = stops?.take(escaped) else { return }
        text(.text, said[...], logprobs, into: &events)
        stoppedBy = found
    }

    /// What was held back is said before anything but more text.
    private mutating func flushHeld(before event: GenerationBatch.Event?, into events: inout EventBuffer) {
        if case .text? = event { return }
        if let held = stops?.flush() { text(.text, held[...], nil, into: &events) }
    }

    private mutating func delta(_ escaped: ArraySlice<UInt8>, into events: inout EventBuffer) {
        guard !escaped.isEmpty, let name = open?.append(escaped), open?.streams == true else { return }
        if voice != nil, let text = open?.text { return voice!.said(text, escaped, logprobs: nil, into: &events) }
        let number = takeNumber()
        guard !settings.writesLastEventOnly else { return }
        events.delta(name, head: open?.deltaHead ?? [], number: number, escaped: escaped)
    }

    // MARK: The end

    /// The engine's function returned: closes what is open.
    package mutating func finish(
        _ result: GenerationResult, at unixSeconds: Int, into events: inout EventBuffer
    ) -> AssembledResponse {
        usage = result.usage
        if stoppedBy == nil, settings.stops.contains(where: { $0 == result.stopString }) { stoppedBy = result.stopString }
        let isWhole = result.finish == .stop
        closeEverything(isCutOff: !isWhole, into: &events)
        // What waited until now may have been too many items.
        if let limit = budget.exceeded { return end(cutBy: limit) }
        var snapshot = ResponseEcho.Snapshot(status: isWhole ? "completed" : "incomplete")
        snapshot.completedAt = isWhole ? unixSeconds : nil
        switch result.finish {
        case .stop: break
        case .length: snapshot.incompleteReason = "max_output_tokens"
        case .contentFilter: snapshot.incompleteReason = "content_filter"
        }
        return end(isWhole ? .completed : .incomplete, snapshot)
    }

    /// A warmup ended: a completed response without output (websocket-mode 8).
    package mutating func finishWarmup(
        _ usage: Usage, at unixSeconds: Int, into events: inout EventBuffer
    ) -> AssembledResponse {
        self.usage = usage
        var snapshot = ResponseEcho.Snapshot(status: "completed")
        snapshot.completedAt = unixSeconds
        return end(.completed, snapshot)
    }

    /// The turn failed after it began: `response.failed`, never an `error` frame besides (websocket-mode 6.1).
    package mutating func fail(_ error: APIError, into events: inout EventBuffer) -> AssembledResponse {
        closeEverything(isCutOff: true, into: &events)
        return failing(error)
    }

    package mutating func failShort(_ error: APIError) -> AssembledResponse {
        open = nil
        deferred = DeferredEvents()
        output = []
        return failing(error)
    }

    package mutating func failing(_ error: APIError) -> AssembledResponse {
        var snapshot = ResponseEcho.Snapshot(status: "failed")
        snapshot.error = error
        return end(.failed, snapshot)
    }

    /// The client cancelled: a terminal event, as clients drain until one (websocket-mode 11).
    package mutating func cancel(into events: inout EventBuffer) -> AssembledResponse {
        closeEverything(isCutOff: true, into: &events)
        if settings.isBackground {
            // "There is no response.cancelled event; end the stream" (responses-api 12).
            var written = end(.incomplete, ResponseEcho.Snapshot(status: "cancelled"))
            written.isCancelled = true
            ending?.isWritten = true
            return written
        }
        var snapshot = ResponseEcho.Snapshot(status: "incomplete")
        snapshot.incompleteReason = "cancelled"
        return end(.incomplete, snapshot)
    }

    /// A limit of this server was reached: the model is not heard any more, and what it made so far is the response.
    package mutating func cut(by limit: ResponseLimit, into events: inout EventBuffer) -> AssembledResponse {
        closeEverything(isCutOff: true, into: &events)
        return end(cutBy: limit)
    }

    /// The reason is one that clients know; which limit it was is an extension (responses-api 3).
    private mutating func end(cutBy limit: ResponseLimit) -> AssembledResponse {
        var snapshot = ResponseEcho.Snapshot(status: "incomplete")
        snapshot.incompleteReason = "max_output_tokens"
        snapshot.limit = limit
        return end(.incomplete, snapshot)
    }

    private mutating func end(_ type: EventName, _ snapshot: ResponseEcho.Snapshot) -> AssembledResponse {
        var snapshot = snapshot
        snapshot.output = output
        // Failed responses may have no usage; a finished one always has it.
        snapshot.usage = usage ?? (snapshot.error == nil ? Usage() : nil)
        ending = Ending(type: type, snapshot: snapshot)
        return AssembledResponse(
            type: type, output: output, usage: snapshot.usage, error: snapshot.error, limit: snapshot.limit)
    }

    package func storedObject() -> RawJSON? {
        guard let echo else { return nil }
        let snapshot = ending?.snapshot ?? ResponseEcho.Snapshot(status: settings.isBackground ? "queued" : "in_progress")
        // The store keeps these bytes, with whatever room is left behind them.
        var json = JSONWriter(reserving: echo.byteCount)
        echo.write(snapshot, hasLists: false, to: &json)
        return json.raw
    }

    /// The terminal event: exactly one, the last.
    package mutating func writeLast(into events: inout EventBuffer) -> Range<Int> {
        guard let ending, !ending.isWritten else { return 0..<0 }
        self.ending?.isWritten = true
        if voice != nil { return voice!.end(ending.voiced(stoppedBy: stoppedBy), into: &events) }
        if let error = ending.snapshot.error, settings.announcesFailures { announce(error, into: &events) }
        return snapshot(ending.type, ending.snapshot, isLast: true, into: &events)
    }

    /// Over SSE "failure in mid-stream: `error`, then `response.failed`"; both forms in one (responses-api 12).
    private mutating func announce(_ error: APIError, into events: inout EventBuffer) {
        let error = error.withinResponse
        put(.error, into: &events) { json in
            json.key("code")
            json.value(error.code?.rawValue)
            json.key("message")
            json.value(error.message)
            json.key("param")
            json.value(error.param)
            json.key("error")
            error.writeObject(withHeaders: true, to: &json)
            error.writeHeaders(to: &json)
        }
    }

    /// Writes an event, unless nobody reads it; its number counts either way.
    private mutating func put(_ name: EventName, into events: inout EventBuffer, _ fields: (inout JSONWriter) -> Void) {
        guard voice == nil else { return }
        let number = takeNumber()
        guard !settings.writesLastEventOnly else { return }
        events.event(name, number: number, lane: lane, fields)
    }

    @discardableResult
    private mutating func snapshot(
        _ name: EventName, _ snapshot: ResponseEcho.Snapshot, isLast: Bool = false, into events: inout EventBuffer
    ) -> Range<Int> {
        guard let echo else { return 0..<0 }
        let number = takeNumber()
        guard isLast || !settings.writesLastEventOnly else { return 0..<0 }
        var range = 0..<0
        events.event(name, number: number, lane: lane) { json in
            json.key("response")
            let start = json.bytes.count
            echo.write(snapshot, to: &json)
            range = start..<json.bytes.count
        }
        return range
    }
}

// MARK: - Items

extension ResponseAssembler {
    fileprivate typealias TextKind = VoicedText

    /// Whether something else begins while a call or an item is not whole yet. Items never interleave: "clients in the field
    /// assume they do not, so close one item before opening the next" (responses-api 12).
    private mutating func mustWait(_ event: GenerationBatch.Event) -> Bool {
        switch open?.kind {
        case .call(let current):
            if case .toolInput(current.number, _) = event { return false }
        case .foreign(let current):
            if event.isAbout(item: current.number) { return false }
        case .message, .reasoning, nil: return false
        }
        return !deferred.isEmpty || !isOpenItemWhole()
    }

    /// Whether another item may begin. A function's arguments are JSON, whose end can be seen. The end of free text cannot: more
    /// may come until the response ends. An item that the engine hands over is open until the engine ends it.
    private mutating func isOpenItemWhole() -> Bool {
        switch open?.kind {
        case .call(let current): current.kind != .custom && open?.hasWholeArguments() == true
        case .foreign: false
        case .message, .reasoning, nil: true
        }
    }

    /// Writes what was held back, as far as the open item allows.
    private mutating func writeDeferred(into events: inout EventBuffer) {
        while !deferred.isEmpty, isOpenItemWhole() { writeNextDeferred(into: &events) }
    }

    /// Writes what was held back first; of a call or an item all that came of it so far.
    private mutating func writeNextDeferred(into events: inout EventBuffer) {
        for entry in deferred.removeFirst() {
            write(entry.event, escaped: entry.escaped, logprobs: entry.logprobs, into: &events)
        }
    }

    private mutating func closeEverything(isCutOff: Bool, into events: inout EventBuffer) {
        self.isCutOff = isCutOff
        while !deferred.isEmpty, stoppedBy == nil { writeNextDeferred(into: &events) }
        flushHeld(before: nil, into: &events)
        close(isLast: true, into: &events)
    }

    /// What was cut: the item that was written last, and a call before it whose arguments did not come to their end.
    private func wasCut(_ item: inout OpenItem, isLast: Bool) -> Bool {
        // Whole, it would have been ended by the engine.
        if case .foreign = item.kind { return true }
        guard isCutOff else { return false }
        if isLast { return true }
        guard case .call(let call) = item.kind, call.kind != .custom else { return false }
        var item = item
        return !item.hasWholeArguments()
    }

    private mutating func beginText(_ kind: TextKind, into events: inout EventBuffer) {
        if open?.takes(kind) == true {
            // A refusal after text is a second part of the same message, a summary beside raw reasoning one of the same item.
            closePart(into: &events)
            open?.beginPart(kind)
            budget.charge(ResponseBudget.frameBytes)
        } else {
            close(isLast: false, into: &events)
            guard budget.takeItem() else { return }
            let prefix = kind.isOfReasoning ? "rs_" : "msg_"
            let item = OpenItem(
                id: itemID(prefix), index: output.count, kind: kind.isOfReasoning ? .reasoning : .message, text: kind,
                lane: lane, reasoningEvents: settings.reasoningEvents)
            addItem(item, into: &events)
        }
        guard let item = open else { return }
        if let added = item.partAdded {
            put(added, into: &events) { json in
                item.writePlace(to: &json)
                json.key("part")
                item.writePart(text: [], to: &json)
            }
        }
    }

    private mutating func beginCall(_ number: Int, _ head: ToolCallHead, into events: inout EventBuffer) {
        close(isLast: false, into: &events)
        guard budget.takeItem() else { return }
        // A call id has 1 to 64 characters (responses-api 4); an engine's own that has not could not be answered.
        let isUsable = (1...64).contains(head.callID?.unicodeScalars.count ?? 0)
        let own = isUsable ? head.callID.flatMap { isTaken($0) ? nil : $0 } : nil
        let callID = own ?? settings.makeCallID?() ?? "call_\(idStem.suffix(48))_\(output.count)"
        let call = OpenItem.Call(number: number, kind: head.kind, callID: callID, name: head.name, namespace: head.namespace)
        let item = OpenItem(
            id: itemID(call.idPrefix), index: output.count, kind: .call(call), text: .input, lane: lane,
            reasoningEvents: settings.reasoningEvents)
        addItem(item, into: &events)
    }

    /// Engines that count their calls begin anew with each turn, and some with each call.
    private mutating func isTaken(_ callID: String) -> Bool {
        guard let isCallIDTaken = settings.isCallIDTaken else { return false }
        return !callIDs.insert(callID).inserted || isCallIDTaken(callID)
    }

    private mutating func addItem(_ item: OpenItem, into events: inout EventBuffer) {
        open = item
        if voice != nil { return voice!.itemBegan(item.voiced, into: &events) }
        put(.outputItemAdded, into: &events) { json in
            json.key("output_index")
            json.value(item.index)
            json.key("item")
            item.write(status: "in_progress", isEmpty: true, sealed: nil, to: &json)
        }
    }

    private mutating func closePart(into events: inout EventBuffer) {
        guard let item = open, item.isPartOpen else { return }
        if item.streams { put(item.textDone, into: &events) { json in item.writeDone(to: &json) } }
        if let done = item.partDone {
            put(done, into: &events) { json in
                item.writePlace(to: &json)
                json.key("part")
                item.writePart(text: item.escaped[...], to: &json)
            }
        }
        open?.finishPart()
    }

    private mutating func close(isLast: Bool, into events: inout EventBuffer) {
        guard open != nil else { return }
        if case .call(let call) = open?.kind, call.kind != .custom, open?.escaped.isEmpty == true {
            // Engines write nothing for a function that takes nothing; clients parse the arguments as JSON.
            delta(Array("{}".utf8)[...], into: &events)
        }
        closePart(into: &events)
        guard var item = open else { return }
        var sealed: String?
        if case .reasoning = item.kind, let sealer = settings.sealer {
            sealed = item.rawReasoning.map { sealer.seal($0, as: .reasoning) }
        }
        var json = JSONWriter(reserving: item.escaped.count + 256)
        item.write(status: wasCut(&item, isLast: isLast) ? "incomplete" : "completed", isEmpty: false, sealed: sealed, to: &json)
        finish(item, as: json.raw, into: &events)
    }

    private mutating func finish(_ item: OpenItem, as raw: RawJSON, into events: inout EventBuffer) {
        output.append(raw)
        open = nil
        if voice != nil { return voice!.itemEnded(raw, into: &events) }
        put(.outputItemDone, into: &events) { json in
            json.key("output_index")
            json.value(item.index)
            json.key("item")
            json.value(raw)
        }
    }

    private mutating func deltaWithLogprobs(
        _ escaped: ArraySlice<UInt8>, _ logprobs: RawJSON, into events: inout EventBuffer
    ) {
        guard open?.append(escaped) != nil else { return }
        open?.append(logprobs: logprobs.onOneLine)
        if voice != nil { return voice!.said(.text, escaped, logprobs: logprobs.onOneLine, into: &events) }
        guard let item = open else { return }
        put(.outputTextDelta, into: &events) { json in
            item.writePlace(to: &json)
            json.key("logprobs")
            json.value(logprobs.onOneLine)
            json.key("delta")
            json.value(JSONText(escapedSlice: escaped))
        }
    }

    /// An annotation of the open text; without one it gets a part of its own, so that it is not lost.
    private mutating func annotate(_ annotation: RawJSON, into events: inout EventBuffer) {
        if open?.accepts(.text) != true { beginText(.text, into: &events) }
        let annotation = annotation.onOneLine
        guard let index = open?.append(annotation: annotation), let item = open else { return }
        put(.outputTextAnnotationAdded, into: &events) { json in
            item.writePlace(to: &json)
            json.key("annotation_index")
            json.value(index)
            json.key("annotation")
            json.value(annotation)
        }
    }

    // MARK: Items that the engine hands over

    private mutating func beginItem(_ number: Int, _ json: RawJSON, into events: inout EventBuffer) {
        guard foreignNumbers.insert(number).inserted else { return }
        close(isLast: false, into: &events)
        guard budget.takeItem() else { return }
        addItem(
            OpenItem(
                id: foreignID(json), index: output.count,
                kind: .foreign(OpenItem.Foreign(number: number, json: json.onOneLine)), text: .input, lane: lane,
                reasoningEvents: settings.reasoningEvents), into: &events)
    }

    /// The fields are the engine's, the place and the order are this response's.
    private mutating func progress(_ number: Int, _ name: EventName, _ fields: RawJSON, into events: inout EventBuffer) {
        guard let item = open, case .foreign(let foreign) = item.kind, foreign.number == number, !name.isOfResponse else { return }
        put(name, into: &events) { json in
            item.writePlace(to: &json)
            fields.onOneLine.forEachMember { key, value in
                if Self.ownFields.contains(key) { return }
                json.key(key)
                json.value(value)
            }
        }
    }

    /// Of an event's fields those that are this response's to give; and `error`, on which clients raise (responses-api 12).
    private static let ownFields: Set<String> = [
        "type", "sequence_number", "stream_id", "item_id", "output_index", "error",
    ]

    private mutating func endItem(_ number: Int, _ json: RawJSON, into events: inout EventBuffer) {
        if !foreignNumbers.contains(number) { beginItem(number, json, into: &events) }
        guard let item = open, case .foreign(var foreign) = item.kind, foreign.number == number else { return }
        foreign.json = json.onOneLine
        var json = JSONWriter(reserving: foreign.json.bytes.count + 64)
        foreign.write(id: item.id, status: nil, to: &json)
        finish(item, as: json.raw, into: &events)
    }

    /// The engine's own id, by which it may know the item again, unless it cannot be used here.
    private mutating func foreignID(_ json: RawJSON) -> String {
        if let own = json["id"]?.stringValue, (1...Self.itemIDBytesMax).contains(own.utf8.count), foreignIDs.insert(own).inserted {
            return own
        }
        return itemID("item_")
    }

    /// An id stands in every event of its item. Those of the official API have about 50 characters.
    private static var itemIDBytesMax: Int { 256 }

    /// Item ids hang together with their response's, which is random: unique without asking for more randomness.
    private var idStem: Substring { id.rawValue.dropFirst("resp_".count) }

    /// It says of which response the item is (`ResponseID.init(ofItem:)`).
    private func itemID(_ prefix: String) -> String { "\(prefix)\(idStem)_\(output.count)" }
}

extension ToolCallHead {
    /// What it adds to a response.
    fileprivate var byteCount: Int { name.utf8.count + (callID?.utf8.count ?? 0) + (namespace?.utf8.count ?? 0) }
}

extension GenerationBatch.Event {
    /// Whether it goes on with, or ends, an item that the engine hands over.
    fileprivate func isAbout(item number: Int) -> Bool {
        switch self {
        case .itemProgress(number, _, _), .itemEnded(number, _): true
        default: false
        }
    }
}

extension EventName {
    /// Whether it is about the response or the frame of an item: the assembler's own, which no engine may write.
    package var isOfResponse: Bool {
        switch self {
        case .created, .queued, .inProgress, .completed, .incomplete, .failed, .error, .outputItemAdded, .outputItemDone: true
        default: false
        }
    }
}
