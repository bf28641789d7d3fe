import ResponsesAPI
import Testing

@testable import ResponsesClient

/// A line's state in conversation: what happens goes in, what it does comes out as words.
///
///     dialogue.ask("hi")                     // ["connect 1"]
///     dialogue.open(1)                       // ["send 1 all[hi]"]
///     dialogue.hear(1, created("r1"))        // ["deliver 1 response.created"]
final class Dialogue {
    var state: LineState
    var now = Duration.zero
    /// The number of the turn that was asked last.
    private(set) var turn = 0

    init(_ limits: ClientLimits = ClientLimits(), usesHTTPOnly: Bool = false) {
        state = LineState(limits: limits, usesHTTPOnly: usesHTTPOnly, seed: 7)
    }

    func ask(
        _ text: String?, on lane: String? = nil, store: Bool? = false, warmup: Bool = false, temperature: Double? = nil
    ) -> [String] {
        var settings = CreateRequest()
        settings.model = "m"
        settings.store = store
        settings.temperature = temperature
        let items = text.map { [Item.userMessage(JSONText($0))] } ?? []
        let number = state.asked(
            TurnRequest(settings: settings, items: items, isWarmup: warmup), on: lane.flatMap { StreamID($0) }, now: now)
        turn = number.rawValue
        return said()
    }

    func put(_ chain: Chain, on lane: String? = nil) -> Bool {
        state.put(chain, on: lane.flatMap { StreamID($0) })
    }

    func open(_ connection: Int) -> [String] {
        state.opened(ConnectionNumber(rawValue: connection), now: now)
        return said()
    }

    func refuse(_ connection: Int, _ failure: ConnectFailure) -> [String] {
        state.failed(ConnectionNumber(rawValue: connection), failure, now: now)
        return said()
    }

    func hear(_ connection: Int, _ json: String...) throws -> [String] {
        for json in json {
            state.received(
                try ServerEvent(parsing: Array(json.utf8)), on: ConnectionNumber(rawValue: connection), now: now)
        }
        return said()
    }

    func hearOverHTTP(_ turn: Int, _ json: String...) throws -> [String] {
        for json in json {
            state.receivedOverHTTP(
                try ServerEvent(parsing: Array(json.utf8)), for: TurnNumber(rawValue: turn), now: now)
        }
        return said()
    }

    func endHTTP(_ turn: Int, _ end: ExchangeEnd) -> [String] {
        state.ended(TurnNumber(rawValue: turn), end, now: now)
        return said()
    }

    func close(_ connection: Int, _ code: UInt16 = 1006) -> [String] {
        state.closed(ConnectionNumber(rawValue: connection), code: code, now: now)
        return said()
    }

    func cancel(_ turn: Int) -> [String] {
        state.cancelled(TurnNumber(rawValue: turn), now: now)
        return said()
    }

    /// Lets time go by; the state is woken when it asked for it.
    func pass(_ time: Duration) -> [String] {
        let end = now + time
        while let wake = state.wakeUpTime, wake <= end {
            now = max(now, wake)
            state.wokeUp(now: now)
            if state.wakeUpTime == wake { break }
        }
        now = end
        return said()
    }

    /// A line with one turn behind it, whose response is `r1`, on connection 1.
    func answerFirst(_ text: String = "hi", store: Bool? = false) throws {
        _ = ask(text, store: store)
        _ = open(1)
        _ = try hear(1, created("r1"), completed("r1", store: store ?? true))
    }

    func said() -> [String] { state.takeEffects().compactMap(Self.words) }

    func chain(_ lane: String? = nil) -> String {
        let chain = state.lanes[lane.flatMap { StreamID($0) }]?.chain ?? Chain()
        return Self.words(chain.items)
    }

    // MARK: Effects as words

    private static func words(_ effect: LineEffect) -> String? {
        switch effect {
        case .connect(let number): "connect \(number.rawValue)"
        case .send(let number, let bytes): "send \(number.rawValue) \(message(bytes))"
        case .close(let number, let code, _): "close \(number.rawValue) \(code)"
        case .post(let number, let bytes): "post \(number.rawValue) \(message(bytes))"
        case .abortPost(let number): "abort \(number.rawValue)"
        case .sent: nil
        case .deliver(let number, let event): "deliver \(number.rawValue) \(event.type)"
        case .finish(let number, let end): "finish \(number.rawValue) \(words(end))"
        }
    }

    private static func words(_ end: TurnEnd) -> String {
        switch end {
        case .ended(let response): "\(response.status.rawValue) \(response.id.rawValue)"
        case .failed(let error): "failed \(error.status) \(error.code?.rawValue ?? error.type)"
        case .broken(let error): "broken \(error.code.rawValue)"
        case .cannotWarmUp: "no warmup"
        }
    }

    private static func message(_ bytes: [UInt8]) -> String {
        guard let json = try? RawJSON(parsing: bytes) else { return "?" }
        if json["type"]?.stringValue == "response.cancel" {
            return "cancel \(json["response_id"]?.stringValue ?? "-")"
        }
        let items = (json["input"]?.elements ?? []).compactMap { try? Item($0) }
        let parent = json["previous_response_id"]?.stringValue
        let lane = json["stream_id"]?.stringValue.map { " on \($0)" } ?? ""
        let warmup = json["generate"]?.boolValue == false ? " warmup" : ""
        return (parent.map { "after \($0)" } ?? "all") + "[\(words(items))]" + lane + warmup
    }

    private static func words(_ items: [Item]) -> String {
        items.map { item in
            switch item.body {
            case .message(let message):
                message.content.map { part in
                    switch part {
                    case .inputText(let text), .outputText(let text): text.string
                    default: "?"
                    }
                }.joined()
            case .call(let call): "\(call.name)#\(call.callID)"
            case .callOutput(let output): "=\(output.callID)"
            default: item.type
            }
        }.joined(separator: ",")
    }
}

// MARK: Events as servers send them

func created(_ id: String, lane: String? = nil) -> String {
    event("response.created", #""response":\#(response(id, "in_progress", ""))"#, lane)
}

/// The end of a response that said `say`, which is its id by default.
func completed(_ id: String, say: String? = nil, lane: String? = nil, store: Bool = false) -> String {
    event("response.completed", #""response":\#(response(id, "completed", message(say ?? "<\(id)>"), store: store))"#, lane)
}

func incomplete(_ id: String, reason: String, lane: String? = nil) -> String {
    let details = #","incomplete_details":{"reason":"\#(reason)"}"#
    return event("response.incomplete", #""response":\#(response(id, "incomplete", message("<\(id)>"), details))"#, lane)
}

func failed(_ id: String, code: String, lane: String? = nil) -> String {
    let error = #","error":{"code":"\#(code)","message":"no"}"#
    return event("response.failed", #""response":\#(response(id, "failed", "", error))"#, lane)
}

func delta(_ text: String, lane: String? = nil) -> String {
    event("response.output_text.delta", #""output_index":0,"content_index":0,"delta":"\#(text)""#, lane)
}

func itemDone(_ index: Int, _ text: String) -> String {
    event("response.output_item.done", #""output_index":\#(index),"item":\#(message(text))"#, nil)
}

func error(_ code: String, status: Int = 400, lane: String? = nil, retryAfter: Int? = nil) -> String {
    let headers = retryAfter.map { #","headers":{"retry-after":"\#($0)"}"# } ?? ""
    return event(
        "error", #""status":\#(status),"error":{"type":"x","code":"\#(code)","message":"no"\#(headers)}"#, lane)
}

private func event(_ type: String, _ members: String, _ lane: String?) -> String {
    #"{"type":"\#(type)",\#(members)\#(lane.map { #","stream_id":"\#($0)""# } ?? "")}"#
}

private func response(_ id: String, _ status: String, _ output: String, _ more: String = "", store: Bool = false) -> String {
    #"{"id":"\#(id)","object":"response","status":"\#(status)","model":"m","store":\#(store),"output":[\#(output)]\#(more)}"#
}

private func message(_ text: String) -> String {
    #"{"type":"message","role":"assistant","content":[{"type":"output_text","text":"\#(text)"}]}"#
}
