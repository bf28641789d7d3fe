import ResponsesAPI
import ResponsesEngine
import ResponsesTesting
import Testing

@testable import OpenAICompatibleEngine

/// Errors of every shape that engines could make: whatever the shape, its words reach the client, scrubbed, and its class is right.
struct ErrorShapePropertyTests {
    /// What is meant, and how it may be said.
    private struct Meaning {
        var kind: EngineError.Kind
        var words: String
        var status: Int
        var names: [String]
    }

    private static let meanings = [
        Meaning(kind: .invalidRequest, words: "The flux is too low for this", status: 400, names: ["invalid_request_error", "BadRequestError", "INVALID_ARGUMENT"]),
        Meaning(kind: .failed, words: "The coil broke while it ran", status: 500, names: ["server_error", "InternalServerError", "api_error"]),
        Meaning(kind: .rateLimited, words: "Too many requests came from here", status: 429, names: ["rate_limit_exceeded", "rate_limit_error", "RESOURCE_EXHAUSTED"]),
        Meaning(kind: .quotaExceeded, words: "You have used all available credits", status: 429, names: ["insufficient_quota"]),
        Meaning(kind: .overloaded, words: "The machine is overloaded right now", status: 503, names: ["overloaded_error", "UNAVAILABLE"]),
        Meaning(kind: .contextLengthExceeded, words: "The prompt is too long by far", status: 400, names: ["context_length_exceeded", "invalid_request_error"]),
        Meaning(kind: .timeout, words: "The upstream took its time", status: 504, names: ["timeout", "DEADLINE_EXCEEDED"]),
    ]

    private static let secret = "ENGINE-KEY-123-abc"

    private static func quoted(_ text: String) -> String { "\"\(String(decoding: JSONText(text).escaped, as: UTF8.self))\"" }

    /// An object of members in random order, with things of no interest among them.
    private static func object(_ members: [String], _ random: inout SplitMix64) -> String {
        var members = members
        let others = [#""param":null"#, #""request_id":"r1""#, #""created":1"#, #""provider":"p""#, #""extra":{"a":[1,{}]}"#]
        for other in others where random.chance(30) { members.append(other) }
        return "{\(members.shuffled(using: &random).joined(separator: ","))}"
    }

    private static func body(_ words: String, _ meaning: Meaning, hasMarks: Bool, _ random: inout SplitMix64) -> String {
        let name = meaning.names[random.next(below: meaning.names.count)]
        let text = quoted(words)
        var marks: [String] = []
        if hasMarks {
            marks.append(#""\#(["type", "code", "error_type"][random.next(below: 3)])":"\#(name)""#)
            if random.chance(50) { marks.append(#""status_code":\#(meaning.status)"#) }
        }
        switch random.next(below: 12) {
        case 0: return object([#""error":\#(object([#""message":\#(text)"#] + marks, &random))"#], &random)
        case 1: return "[\(object([#""error":\#(object([#""message":\#(text)"#] + marks, &random))"#], &random))]"
        case 2: return object([#""error":\#(text)"#] + marks, &random)
        case 3: return object([#""object":"error""#, #""message":\#(text)"#] + marks, &random)
        case 4: return object([#""detail":\#(text)"#] + marks, &random)
        case 5: return object([#""detail":[{"loc":["body","x"],"msg":\#(text),"input":"never shown"}]"#] + marks, &random)
        case 6: return object([#""errors":[\#(object([#""message":\#(text)"#] + marks, &random))]"#, #""success":false"#], &random)
        case 7: return object([#""type":"error""#, #""error":\#(object([#""message":\#(text)"#] + marks, &random))"#], &random)
        case 8: return object([#""error_message":\#(text)"#] + marks, &random)
        case 9:
            let inner = object([#""error":{"message":\#(text)}"#], &random)
            return object([#""error":\#(object([#""message":"Provider returned error""#, #""metadata":{"raw":\#(quoted(inner))}"#] + marks, &random))"#], &random)
        case 10: return object([#""error":{"message":\#(quoted(object([#""message":\#(text)"#], &random)))}"#] + marks, &random)
        default: return object([#""message":\#(text)"#, #""success":false"#] + marks, &random)
        }
    }

    /// Words with a key in them, in one of its forms.
    private static func withSecret(_ words: String, _ random: inout SplitMix64) -> String {
        switch random.next(below: 4) {
        case 0: "\(words) \(secret)"
        case 1: "\(words) Bearer \(secret)"
        case 2: "\(words) \(secret.utf8.map { "%" + String(UInt($0), radix: 16) }.joined())"
        default: "\(words) sk-proj-abcdef0123456789"
        }
    }

    @Test func wordsReachTheClientScrubbedAndTheClassIsRight() throws {
        var seen: [EngineError.Kind: Int] = [:]
        for seed in 0..<3000 as Range<UInt64> {
            var random = SplitMix64(seed: seed)
            let meaning = Self.meanings[random.next(below: Self.meanings.count)]
            let hasSecret = random.chance(50)
            let said = hasSecret ? Self.withSecret(meaning.words, &random) : meaning.words
            let isInStream = random.chance(40)
            // A stream has no status, so the error must have a mark of its own.
            let body = Self.body(said, meaning, hasMarks: isInStream || random.chance(60), &random)
            let words = FailureWords(secrets: [Self.secret])
            let error: EngineError
            if isInStream {
                let json = try RawJSON(parsing: body)
                #expect(FailureReader.isError(json), "\(seed): \(body)")
                error = EngineFailure(error: json).engineError(status: nil, hasOutput: random.chance(50), words: words)
            } else {
                error = EngineFailure(body: Array(body.utf8)).engineError(status: meaning.status, words: words)
            }
            #expect(error.kind == meaning.kind, "\(seed): \(body) became \(error)")
            // A full context has a sentence of this server's own, as it is what agents act on.
            if error.kind != .contextLengthExceeded { #expect(error.message.contains(meaning.words), "\(seed): \(body) became \(error.message)") }
            #expect(error.detail?.contains(meaning.words) ?? false, "\(seed): \(body) became \(error.detail ?? "")")
            for text in [error.message, error.detail ?? ""] {
                for hidden in [Self.secret, "never shown", "abcdef0123456789", "%45%4e%47"] { #expect(!text.contains(hidden), "\(seed): \(text)") }
            }
            seen[error.kind, default: 0] += 1
        }
        for meaning in Self.meanings { #expect(seen[meaning.kind, default: 0] > 100) }
    }

    /// Whatever is sent, reading it ends, and says nothing that is no text.
    @Test func nonsenseIsReadToo() {
        for seed in 0..<2000 as Range<UInt64> {
            var random = SplitMix64(seed: seed)
            var body = Array(Self.body("The flux is too low", Self.meanings[0], hasMarks: true, &random).utf8)
            for _ in 0..<random.next(below: 4) where !body.isEmpty {
                switch random.next(below: 3) {
                case 0: body[random.next(below: body.count)] = UInt8(truncatingIfNeeded: random.next())
                case 1: body.removeLast(random.next(below: body.count))
                default: body.insert(contentsOf: random.bytes(3), at: random.next(below: body.count))
                }
            }
            let error = EngineFailure(body: body).engineError(status: [200, 400, 404, 429, 500, 503][random.next(below: 6)])
            #expect(error.message.unicodeScalars.allSatisfy { $0.value >= 0x20 } && error.message.count < 600)
        }
    }
}
