import Foundation
import ResponsesAPI
import ResponsesTesting
import Testing

/// Goal: our scanner takes and refuses what Foundation's parser does, and reads the same values.
/// Method: random documents from a seed, whole and with random damage.
@Suite struct JSONAgreementTests {
    @Test(arguments: UInt64(0)..<200)
    func readsRandomDocumentsAlike(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let document = RandomJSON(random: random).document()
        let bytes = Array(document.utf8)
        let json = try RawJSON(parsing: bytes)
        let theirs = try tree(bytes)
        #expect(try tree(JSONValue(json).raw) == theirs)
        // The tree keeps order and spelling, so only white space and escapes may differ.
        #expect(JSONValue(JSONValue(json).raw) == JSONValue(json))
        _ = random.next()
    }

    @Test(arguments: UInt64(0)..<200)
    func refusesDamageAlike(seed: UInt64) throws {
        var random = SplitMix64(seed: seed &+ 1_000_000)
        let whole = Array(RandomJSON(random: random).document().utf8)
        for _ in 0..<40 {
            var bytes = whole
            for _ in 0..<Int.random(in: 1...3, using: &random) { damage(&bytes, &random) }
            let ours = (try? RawJSON(parsing: bytes)) != nil
            let theirs = (try? tree(bytes)) != nil
            if ours != theirs, !isKnownDifference(bytes) {
                Issue.record("seed \(seed): ours \(ours), theirs \(theirs): \(String(decoding: bytes, as: UTF8.self))")
            }
        }
    }

    private func damage(_ bytes: inout [UInt8], _ random: inout SplitMix64) {
        guard !bytes.isEmpty else { return bytes.append(0x5B) }
        let place = Int.random(in: 0..<bytes.count, using: &random)
        let marks = Array("{}[]\",:\\tfn0-1.eE u\n\u{1}é".utf8) + [0x80, 0xC3, 0xED, 0xFF]
        switch Int.random(in: 0..<5, using: &random) {
        case 0: bytes.remove(at: place)
        case 1: bytes.insert(marks.randomElement(using: &random) ?? 0, at: place)
        case 2: bytes[place] = marks.randomElement(using: &random) ?? 0
        case 3: bytes.removeSubrange(place...)
        default: bytes.swapAt(place, Int.random(in: 0..<bytes.count, using: &random))
        }
    }

    /// Where Foundation goes its own way: it refuses lone halves of surrogate pairs, which RFC 8259 leaves open, and
    /// numbers beyond a double.
    private func isKnownDifference(_ bytes: [UInt8]) -> Bool {
        let text = String(decoding: bytes, as: UTF8.self).lowercased()
        return text.contains("\\ud") || text.contains(/e\+?[0-9]{3}/) || text.contains(/[0-9]{300}/)
    }
}

/// Documents of every kind of value, white space and escape.
private struct RandomJSON {
    var random: SplitMix64

    init(random: SplitMix64) { self.random = random }

    func document() -> String {
        var copy = self
        return copy.space() + copy.value(depth: 0) + copy.space()
    }

    private mutating func value(depth: Int) -> String {
        switch Int.random(in: 0..<(depth > 5 ? 5 : 9), using: &random) {
        case 0: return ["null", "true", "false"].randomElement(using: &random) ?? "null"
        case 1, 2: return number()
        case 3, 4: return string()
        case 5, 6:
            let elements = (0..<Int.random(in: 0..<6, using: &random)).map { _ in space() + value(depth: depth + 1) + space() }
            return "[" + (elements.isEmpty ? space() : elements.joined(separator: ",")) + "]"
        default:
            // Names differ, as parsers disagree about which of two equal ones counts.
            let members = (0..<Int.random(in: 0..<6, using: &random)).map { index in
                space() + "\"k\(index)" + string().dropFirst() + space() + ":" + space() + value(depth: depth + 1) + space()
            }
            return "{" + (members.isEmpty ? space() : members.joined(separator: ",")) + "}"
        }
    }

    private mutating func number() -> String {
        let sign = Bool.random(using: &random) ? "-" : ""
        let whole = ["0", "\(Int.random(in: 1..<1_000_000_000, using: &random))"].randomElement(using: &random) ?? "0"
        let fraction = Bool.random(using: &random) ? ".\(Int.random(in: 0..<10_000, using: &random))" : ""
        let exponent = Int.random(in: 0..<4, using: &random) == 0 ? "e\(Int.random(in: -20...20, using: &random))" : ""
        return sign + whole + fraction + exponent
    }

    private mutating func string() -> String {
        let pieces = [
            "a", "plain words", " ", "é", "日本", "😀", "\\n", "\\\"", "\\\\", "\\/", "\\t", "\\u0041", "\\u00e9", "\\uD83D\\uDE00",
            "\\u001f", "\u{7F}", "12345678", "\u{2028}",
        ]
        return "\"" + (0..<Int.random(in: 0..<6, using: &random)).map { _ in pieces.randomElement(using: &random) ?? "" }.joined() + "\""
    }

    private mutating func space() -> String { ["", "", "", " ", "\n", "\t", "\r\n  "].randomElement(using: &random) ?? "" }
}
