@testable import StreamingHTTP

/// The state of an exchange in conversation: what happens goes in, what it has done comes out as words.
///
///     dialogue.head(.stream)          // ""
///     dialogue.part(5, .outcome)      // "events report linger next"
///     dialogue.part(5)                // "skip next"
struct ExchangeDialogue {
    /// What the reader makes of a part.
    enum Reading {
        case more, outcome, failure
    }

    static let limits = ExchangeLimits(
        firstByteMax: .seconds(600), silenceMax: .seconds(120), lingerMax: .seconds(5), eventBytesMax: 100)

    /// Shorter parts hold nothing of use.
    static let contentMin = 3

    var state = ExchangeState(limits)
    var now = Duration.zero

    mutating func head(_ form: AnswerForm) -> String {
        state.receivedHead(form, at: now)
        return ""
    }

    /// - Parameter form: what the first byte shows, when that is asked; nil for white space only.
    mutating func part(_ count: Int, _ reading: Reading = .more, shows form: AnswerForm? = nil) -> String {
        var words: [String] = []
        var action = state.receivedPart(count, at: now)
        if action == .decide {
            words.append("decide")
            if let form {
                state.decided(form)
                action = state.receivedPart(count, at: now)
            }
        }
        var hasFailed = reading == .failure
        switch action {
        case .skip:
            words.append("skip")
            hasFailed = false
        case .decide: break
        case .readEvents:
            words.append("events")
            if count >= Self.contentMin { state.contentBegan() }
            if reading == .outcome, state.completed(at: now) { words.append("report linger") }
        case .keep(let count): words.append("keep \(count)")
        case .keepLast(let count):
            words.append("keep \(count)")
            hasFailed = true
        case .refuse:
            words.append("refuse")
            hasFailed = true
        }
        if hasFailed { return (words + (state.concluded() ? ["report"] : []) + ["close"]).joined(separator: " ") }
        words.append(state.finishedPart() ? "next" : "hold")
        return words.joined(separator: " ")
    }

    mutating func end() -> String {
        let word =
            switch state.receivedEnd() {
            case .none: ""
            case .reportEmpty: "empty"
            case .endStream: "stream"
            case .readObject: "object"
            case .readRefusal: "refusal"
            }
        if word.isEmpty { return "" }
        return state.concluded() ? "\(word) report" : word
    }

    /// AsyncHTTPClient is done.
    mutating func finish() -> String {
        let report = state.finished() ? "report" : ""
        return [report, tick()].filter { !$0.isEmpty }.joined(separator: " ")
    }

    mutating func cancel() -> String { state.abandoned() ? "close" : "" }

    /// The reader has all but an end mark.
    mutating func expectEnd(within seconds: Int) -> String {
        state.expectEnd(within: .seconds(seconds), at: now).map { "look \($0.components.seconds)" } ?? ""
    }

    mutating func pause() -> String {
        state.paused()
        return ""
    }

    mutating func resume() -> String { state.resumed(at: now) ? "soon" : "" }

    /// A tick that was asked for, by `soon` or `close`.
    mutating func tick() -> String { state.reading() ? "read on" : "" }

    /// Lets time go by, then wakes the state.
    mutating func wake(after seconds: Int) -> String {
        now += .seconds(seconds)
        switch state.wokeUp(at: now) {
        case .none: return ""
        case .sleep(let rest): return "sleep \(rest.components.seconds)"
        case .failNoFirstByte: return state.concluded() ? "no first byte report close" : "no first byte"
        case .failSilence: return state.concluded() ? "silence report close" : "silence"
        case .complete: return state.completed(at: now) ? "complete report linger" : "complete"
        case .close: return "close"
        }
    }
}
