import ResponsesAPI
import ResponsesStore
import Testing

@testable import SQLiteStore

/// Lists of items as one value.
@Suite struct BlobTests {
    private func decoded(_ blob: some Collection<UInt8>) throws -> ResponseRecord {
        var record = ResponseRecord(id: "resp_a", owner: .alice, createdAt: 0, object: "{}")
        try Array(blob).withUnsafeBytes { try ItemsBlob.decode($0, into: &record) }
        return record
    }

    private func sample() -> ResponseRecord {
        var record = ResponseRecord.sample("a", bytes: 400)
        // Lengths of one group of bits, and of two.
        for count in [127, 128] { record.input.append(RawJSON(validated: Array(repeating: UInt8(ascii: "1"), count: count))) }
        record.input.append("null")
        record.entered = [3: #"{"a":1}"#, 0: "{}"]
        record.openCalls = [OpenCall(callID: "", mustBeAnswered: true), OpenCall(callID: "call_ü", mustBeAnswered: false)]
        return record
    }

    @Test func everyListComesBack() throws {
        let record = sample()
        let found = try decoded(ItemsBlob.encode(record))
        #expect(found.input == record.input && found.output == record.output)
        #expect(found.entered == record.entered && found.openCalls == record.openCalls)
        let empty = try decoded(ItemsBlob.encode(ResponseRecord(id: "resp_a", owner: .alice, createdAt: 0, object: "{}")))
        #expect(empty.input == [] && empty.output == [] && empty.entered == [:] && empty.openCalls == [])
    }

    @Test func whatIsCutOrLongerIsDamaged() {
        let blob = ItemsBlob.encode(sample())
        for count in blob.indices { #expect(throws: DamagedRow.self) { try decoded(blob[..<count]) } }
        #expect(throws: DamagedRow.self) { try decoded(blob + [0]) }
    }

    @Test func nothingThatIsReadEndsTheProgram() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<2000 {
            var blob = ItemsBlob.encode(sample())
            for _ in 0..<3 { blob[Int.random(in: blob.indices, using: &random)] = UInt8.random(in: 0...255, using: &random) }
            _ = try? decoded(blob)
        }
        #expect(throws: DamagedRow.self) { try decoded([UInt8](repeating: 0xFF, count: 20)) }
    }

    @Test func textsOfAnyLengthHaveTheirOwnHash() {
        let text = Array("0123456789abcdefghij".utf8)
        var hashes: Set<Int> = []
        for count in 0...text.count { hashes.insert(TextHash.hash(Array(text[..<count]))) }
        for index in text.indices {
            var other = text
            other[index] ^= 1
            hashes.insert(TextHash.hash(other))
        }
        #expect(hashes.count == 2 * text.count + 1)
    }
}
