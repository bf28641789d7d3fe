import ResponsesAPI

/// Finds directives in the text of a user message.
///
/// `[[` with any other word after it is ordinary text: shells and wikis write it too. A known directive that is written
/// wrongly is a problem, which the turn reports instead of answering something else.
struct DirectiveReader {
    private let bytes: [UInt8]
    private var position = 0
    private var directives: Directives

    /// Adds the directives of `text` to those of the message's earlier parts.
    static func read(_ text: JSONText, into directives: inout Directives) {
        // Nearly every text has none, which shows without decoding it.
        guard hasOpening(text.escaped) else { return }
        var reader = DirectiveReader(bytes: Array(text.string.utf8), directives: directives)
        reader.readAll()
        directives = reader.directives
    }

    private init(bytes: [UInt8], directives: Directives) {
        self.bytes = bytes
        self.directives = directives
    }

    private static func hasOpening(_ bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBufferPointer { bytes in
            var index = 1
            while index < bytes.count {
                if bytes[index] != UInt8(ascii: "[") {
                    index += 2
                } else if bytes[index - 1] == UInt8(ascii: "[") {
                    return true
                } else {
                    index += 1
                }
            }
            return false
        }
    }

    private mutating func readAll() {
        // A problem ends the turn, whatever follows. A directive without an end was searched to the end of the text: that is
        // done once.
        while position + 1 < bytes.count, directives.problem == nil {
            if bytes[position] == UInt8(ascii: "["), bytes[position + 1] == UInt8(ascii: "[") {
                position += 2
                readDirective()
            } else {
                position += 1
            }
        }
    }

    private mutating func readDirective() {
        let start = position
        var end = start
        while end < bytes.count, (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(bytes[end]) { end += 1 }
        let name = String(decoding: bytes[start..<end], as: UTF8.self)
        guard end < bytes.count else { return }
        if bytes[end] == UInt8(ascii: "]") {
            guard end + 1 < bytes.count, bytes[end + 1] == UInt8(ascii: "]") else { return }
            if let kind = Script.Failure.Kind(plainName: name) {
                setFailure(kind, times: nil)
            } else if name == "stop" {
                directives.endsAtStops = true
            } else {
                return
            }
            position = end + 2
            return
        }
        guard bytes[end] == UInt8(ascii: ":") else { return }
        switch name {
        case "say", "think", "tokens", "slow", "tools", "parallel", "fail", "overload", "refuse", "ratelimit", "break", "silence",
            "ids":
            position = end + 1
            guard let text = name == "tools" || name == "parallel" ? argumentWithJSON() : argument() else {
                return report("[[\(name): has no ]] at its end")
            }
            apply(name, text)
        default: return
        }
    }

    private mutating func apply(_ name: String, _ text: String) {
        switch name {
        case "say": setAnswer(.say(JSONText(text)))
        case "think": if directives.think == nil { directives.think = JSONText(text) }
        case "tokens":
            guard let count = Int(trimmed(text)), (1...Directives.tokensMax).contains(count) else {
                return report("[[tokens:N]] takes a number from 1 to \(Directives.tokensMax)")
            }
            setAnswer(.tokens(count))
        case "slow":
            guard let seconds = Double(trimmed(text)), (0...Directives.slowSecondsMax).contains(seconds) else {
                return report("[[slow:S]] takes seconds from 0 to \(Int(Directives.slowSecondsMax))")
            }
            setAnswer(.slow(seconds: seconds))
        case "fail", "overload", "refuse":
            guard let times = Self.number(text, in: 1...Directives.failuresMax) else {
                return report("[[\(name):N]] takes a number of times from 1 to \(Directives.failuresMax)")
            }
            if let kind = Script.Failure.Kind(plainName: name) { setFailure(kind, times: times) }
        case "ratelimit", "break": applyFailure(name, text)
        case "silence": applySilence(text)
        case "ids":
            guard let ids = Script.CallIDs(rawValue: trimmed(text)) else { return report("[[ids:WHICH]] takes none, same or count") }
            if directives.callIDs == nil { directives.callIDs = ids }
        default: applyCalls(name, text)
        }
    }

    private mutating func setFailure(_ kind: Script.Failure.Kind, times: Int?) {
        if directives.failure == nil { directives.failure = Script.Failure(kind: kind, times: times) }
    }

    /// `[[ratelimit:S]]`, `[[break:T]]`, each with a number of times behind a space.
    private mutating func applyFailure(_ name: String, _ text: String) {
        let isBreak = name == "break"
        let countMax = isBreak ? Directives.tokensMax : Int(Directives.slowSecondsMax)
        let words = text.split(separator: " ")
        guard (1...2).contains(words.count), let count = Self.number(words[0], in: 0...countMax) else {
            return report("[[\(name):\(isBreak ? "T" : "S") N]] takes \(isBreak ? "tokens" : "whole seconds") from 0 to \(countMax)")
        }
        let times = words.count == 2 ? Self.number(words[1], in: 1...Directives.failuresMax) : nil
        guard words.count == 1 || times != nil else {
            return report("[[\(name):\(isBreak ? "T" : "S") N]] takes a number of times from 1 to \(Directives.failuresMax)")
        }
        setFailure(isBreak ? .breakOff(afterTokens: count) : .rateLimit(seconds: count), times: times)
    }

    /// `[[silence:S]]` or `[[silence:S T]]`.
    private mutating func applySilence(_ text: String) {
        let words = text.split(separator: " ")
        guard (1...2).contains(words.count), let seconds = Double(words[0]), (0...Directives.slowSecondsMax).contains(seconds) else {
            return report("[[silence:S T]] takes seconds from 0 to \(Int(Directives.slowSecondsMax))")
        }
        guard let tokens = words.count == 2 ? Self.number(words[1], in: 0...Directives.tokensMax) : 0 else {
            return report("[[silence:S T]] takes tokens from 0 to \(Directives.tokensMax)")
        }
        if directives.silence == nil { directives.silence = Script.Silence(seconds: seconds, afterTokens: tokens) }
    }

    private static func number(_ text: some StringProtocol, in range: ClosedRange<Int>) -> Int? {
        guard let number = Int(String(text.filter { $0 != " " })), range.contains(number) else { return nil }
        return number
    }

    private mutating func setAnswer(_ answer: Script.Answer) {
        if directives.answer == nil { directives.answer = answer }
    }

    /// `K`, `K NAME`, `K {json}` or `K NAME {json}`.
    private mutating func applyCalls(_ name: String, _ text: String) {
        let isParallel = name == "parallel"
        let countMax = isParallel ? Directives.parallelMax : Directives.roundsMax
        var rest = trimmed(text)[...]
        let number = rest.prefix { $0 != " " && $0 != "{" }
        rest = rest.dropFirst(number.count).drop { $0 == " " }
        guard let count = Int(number), (0...countMax).contains(count) else {
            return report("[[\(name):K]] takes a number from 0 to \(countMax)")
        }
        var calls = Script.Calls(count: count, isParallel: isParallel)
        let toolName = rest.prefix { $0 != " " && $0 != "{" }
        rest = rest.dropFirst(toolName.count).drop { $0 == " " }
        if !toolName.isEmpty { calls.name = String(toolName) }
        if !rest.isEmpty {
            let arguments = String(rest)
            guard arguments.hasPrefix("{"), (try? RawJSON(parsing: Self.arguments(arguments, round: 0))) != nil else {
                return report("the arguments in [[\(name):K NAME {json}]] are not a JSON object")
            }
            guard arguments.utf8.count * (isParallel ? max(count, 1) : 1) <= Directives.argumentBytesMax else {
                return report("the arguments in [[\(name):K NAME {json}]] are too long")
            }
            calls.arguments = arguments
        }
        if directives.calls == nil { directives.calls = calls }
    }

    private mutating func report(_ problem: String) {
        if directives.problem == nil { directives.problem = problem }
    }

    /// The text up to `]]`; of three and more brackets the last two close, so that a text may end in one.
    private mutating func argument() -> String? {
        var end = position
        while end + 1 < bytes.count {
            if bytes[end] == UInt8(ascii: "]"), bytes[end + 1] == UInt8(ascii: "]") {
                while end + 2 < bytes.count, bytes[end + 2] == UInt8(ascii: "]") { end += 1 }
                defer { position = end + 2 }
                return String(decoding: bytes[position..<end], as: UTF8.self)
            }
            end += 1
        }
        return nil
    }

    /// The same, where brackets inside a JSON object do not count. The object need not be valid yet: `{"n":{i}}` is not.
    private mutating func argumentWithJSON() -> String? {
        var end = position
        var depth = 0
        var isInString = false
        while end < bytes.count {
            switch bytes[end] {
            case UInt8(ascii: "\\") where isInString: end += 1
            case UInt8(ascii: "\"") where depth > 0: isInString.toggle()
            case _ where isInString: break
            case UInt8(ascii: "{"): depth += 1
            case UInt8(ascii: "}"): depth -= 1
            case UInt8(ascii: "]") where depth <= 0 && end + 1 < bytes.count && bytes[end + 1] == UInt8(ascii: "]"):
                defer { position = end + 2 }
                return String(decoding: bytes[position..<end], as: UTF8.self)
            default: break
            }
            end += 1
        }
        return nil
    }

    private func trimmed(_ text: String) -> String {
        var text = text[...]
        while text.last == " " { text.removeLast() }
        return String(text.drop { $0 == " " })
    }

    /// The arguments of one round: `{i}` becomes its number.
    static func arguments(_ template: String, round: Int) -> String {
        let pieces = Array(template.utf8)
        var text: [UInt8] = []
        text.reserveCapacity(pieces.count + 4)
        var index = 0
        while index < pieces.count {
            if pieces[index...].starts(with: "{i}".utf8) {
                text.append(decimal: round)
                index += 3
            } else {
                text.append(pieces[index])
                index += 1
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
