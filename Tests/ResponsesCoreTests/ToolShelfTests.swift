import ResponsesAPI
import ResponsesTesting
import Testing

@testable import ResponsesCore

/// What is looked for among the sets of tools in use, by a few of their bytes first.
struct ToolShelfTests {
    /// Sets that differ in one byte which the key does not look at.
    private func set(_ number: Int) throws -> ToolSet {
        let text = String(repeating: "x", count: 10_000).dropLast(4) + String(1000 + number)
        return try ToolSet(RawJSON(parsing: #"[{"type":"custom","name":"f","description":"\#(text)","z":"zzz"}]"#))
    }

    private func find(_ tools: ToolSet, on shelf: ToolShelf, of owner: Owner = "alice") -> KeptTools? {
        tools.json.bytes.withUnsafeBufferPointer { shelf.find($0, of: owner) }
    }

    @Test func aSetIsFoundWhileSomebodyKeepsIt() throws {
        let shelf = ToolShelf(bytesMax: 0)
        let (tools, account) = (try set(1), MemoryAccount())
        var kept: KeptTools? = shelf.keep(tools, of: "alice", in: account, isStored: false)
        #expect(find(try set(1), on: shelf) === kept)
        #expect(find(tools, on: shelf, of: "bob") == nil)
        kept = nil
        #expect(find(tools, on: shelf) == nil)
        #expect(account.bytes == 0)
    }

    /// Whoever knows which bytes are looked at makes thousands of sets of one key. All are compared while everybody waits, so
    /// only a few are here.
    @Test func setsOfOneKeyAreFew() throws {
        let shelf = ToolShelf(bytesMax: 0)
        let account = MemoryAccount()
        let sets = try (0..<100).map { try set($0) }
        var kept = sets.map { shelf.keep($0, of: "alice", in: account, isStored: false) }
        #expect(sets.filter { find($0, on: shelf) != nil }.count <= 8)
        #expect(zip(sets, kept).allSatisfy { $0 === $1.tools })
        kept = []
        #expect(account.bytes == 0)
        let again = shelf.keep(sets[99], of: "alice", in: account, isStored: false)
        #expect(find(sets[99], on: shelf) === again, "the others are gone")
    }

    /// What large work was done on is freed there, although somebody still has the work.
    @Test func workLetsGoOfWhatItWasDoneOn() throws {
        let shelf = ToolShelf(bytesMax: 0)
        let it = InMemoryConnection {
            $0.limits.largeBytesMin = 1000
            $0.tools = shelf
            $0.transport = .json
        }
        it.holdsWork = true
        let tools = try set(1)
        try it.post(#"{"model":"list","input":"x","store":false,"tools":\#(tools.json.text)}"#)
        weak let held = find(tools, on: shelf)?.tools
        let work = it.heldWork.first?.work
        #expect(work != nil)
        it.disconnect()
        #expect(held != nil)
        _ = work?.done()
        #expect(held == nil)
        withExtendedLifetime(work) {}
    }
}
