import AllocationCounter
import ResponsesAPI
import ResponsesCore
import ResponsesEngine
import ResponsesTesting
import Testing

/// What connections remember is bounded, and given back (ARCHITECTURE, property 8).
struct MemoryTests {
    private let long = String(repeating: "x", count: 1000)

    @Test func aConnectionGivesEverythingBack() {
        let process = InMemoryProcess()
        let connection = InMemoryConnection(process)
        let root = connection.complete(long)
        connection.complete(long, after: root, lane: "a")
        connection.complete(long, after: root, lane: "b", store: true)
        #expect(process.memory.bytes > 3000)
        connection.disconnect()
        #expect(process.memory.bytes == 0)
    }

    @Test func whatIsStoredIsGivenBackByTheStore() {
        let process = InMemoryProcess()
        let connection = InMemoryConnection(process)
        let root = connection.complete(long, store: true)
        connection.complete(long, after: root, store: true)
        connection.disconnect()
        #expect(process.cacheMemory.bytes > 2000)
        process.emptyStore()
        #expect(process.cacheMemory.bytes == 0)
        #expect(process.memory.bytes == 0)
    }

    /// A turn costs what it adds, however long its chain is.
    @Test func aTurnTakesWhatItBrings() {
        let process = InMemoryProcess()
        let connection = InMemoryConnection(process)
        var parent: String?
        var taken: [Int] = []
        for _ in 0..<50 {
            let before = process.memory.bytes
            parent = connection.complete(long, after: parent)
            taken.append(process.memory.bytes - before)
        }
        #expect((taken.max() ?? 0) - (taken.min() ?? 0) < 50)
        #expect((taken.max() ?? 0) < 4000)
    }

    @Test func theBudgetForgetsTheOldestFirst() {
        let process = InMemoryProcess()
        let connection = InMemoryConnection(process) { $0.limits.connectionMemoryBytesMax = 40_000 }
        var made: [String] = []
        for number in 0..<60 {
            made.append(connection.complete(long, lane: "lane\(number % 3)"))
            #expect(process.memory.bytes <= 40_000)
        }
        // The newest of each lane is what a connection guarantees.
        for number in 57..<60 {
            connection.create(after: made[number], lane: "lane\(number % 3)")
            #expect(connection.take(lane: "lane\(number % 3)").types == beginning)
        }
        connection.create(after: made[0], lane: "other")
        connection.expectError("previous_response_not_found", lane: "other")
    }

    /// One chain that outgrows the budget goes as a whole; chains of other lanes stay.
    @Test func aChainBeyondTheBudgetEndsAlone() {
        let process = InMemoryProcess()
        let connection = InMemoryConnection(process) { $0.limits.connectionMemoryBytesMax = 40_000 }
        var parent: String?
        for _ in 0..<100 {
            connection.create(long, after: parent, lane: "greedy")
            connection.answer(.say("ok"))
            let last = connection.take(lane: "greedy").last
            #expect(["response.completed", "error"].contains(last?.type))
            parent = last?.string("response.id")
            #expect(process.memory.bytes <= 40_000)
        }
        let small = connection.complete("small", lane: "modest")
        connection.complete(long, lane: "greedy")
        connection.create("on", after: small, lane: "modest")
        #expect(connection.take(lane: "modest").types == beginning)
    }

    /// The store may hold these for long, so forgetting them frees nothing: they must not push out what only memory has.
    @Test func storedResponsesDoNotPushOutOthers() {
        let connection = InMemoryConnection { $0.limits.connectionMemoryBytesMax = 20_000 }
        let secret = connection.complete("secret", lane: "a", store: false)
        for _ in 0..<40 { connection.complete(long, lane: "b", store: true) }
        connection.create("on", after: secret, lane: "a")
        #expect(connection.take(lane: "a").types == beginning)
        // And they are continued all the same.
        connection.complete(after: connection.process.stored["alice"]?.keys.first?.rawValue, lane: "b")
    }

    @Test func theProcessHasABudgetToo() {
        let process = InMemoryProcess(memoryBytesMax: 30_000)
        let connections = (0..<4).map { _ in InMemoryConnection(process) }
        for round in 0..<20 {
            connections[round % 4].complete(long)
            connections[round % 4].complete(long)
            for connection in connections { connection.giveWay() }
            #expect(process.memory.bytes <= 30_000)
        }
    }

    /// A chain that moves to another dialect is rendered anew, and that is memory too.
    @Test func renderingAnewIsCounted() {
        let process = InMemoryProcess(engines: ListDirectory(["small": "one", "large": "two"]))
        let connection = InMemoryConnection(process)
        let big = connection.complete(String(repeating: "x", count: 100_000), model: "small")
        let before = process.memory.bytes
        connection.complete("fork", after: big, lane: "a", model: "large")
        #expect(process.memory.bytes - before > 100_000)
    }

    /// Freed link by link from inside, a chain of this length would overflow the stack.
    @Test func longChainsEndWithoutRecursion() throws {
        let account = MemoryAccount()
        let dialect = ListDialect()
        let item = try Item(#"{"type":"message","role":"user","content":"x"}"#)
        func node(_ number: Int, after parent: ChainNode?) throws -> ChainNode {
            let before = try parent?.rendering(in: dialect as any Dialect<ListPrompt>)
            let rendering = DialectRendering(dialect, try dialect.extend(before?.prompt, with: [item]))
            return ChainNode(
                id: ResponseID("resp_\(number)"), parent: parent, input: EnteredItems([item.json]), output: [], rendering: rendering,
                renderedBytes: rendering.addedBytes, openCalls: [], isStored: false, account: account)
        }
        var newest: ChainNode?
        var fork: ChainNode?
        for number in 0..<200_000 {
            newest = try node(number, after: newest)
            if number == 150_000 { fork = try node(-1, after: newest) }
        }
        let whole = account.bytes
        newest = nil
        #expect(fork?.depth == 150_002)
        #expect(account.bytes < whole * 4 / 5)
        #expect(account.bytes > whole * 3 / 5, "the fork holds what it shares")
        fork = nil
        #expect(account.bytes == 0)
    }

    /// Ids of responses that a failure forgot are not kept for the life of the connection.
    @Test func aClientWhoseTurnsFailLeavesNothing() {
        let process = InMemoryProcess()
        let connection = InMemoryConnection(process)
        connection.keepsRecords = false
        for _ in 0..<500 {
            let root = connection.complete()
            connection.create(output("orphan"), after: root)
            connection.expectError("invalid_value")
        }
        #expect(process.memory.bytes == 0)
    }

    /// Calls that wait for their outputs stand in every node of their chain, as one list, or are counted.
    @Test(.enabled(if: AllocationCounter.works), arguments: [true, false]) func openCallsAreHeldOnceOrCounted(changing: Bool) {
        let process = InMemoryProcess()
        let connection = InMemoryConnection(process)
        connection.keepsRecords = false
        func call(_ number: Int) -> String {
            #"{"type":"function_call","call_id":"call_\#(100_000 + number)","name":"f","arguments":"{}"}"#
        }
        func warm(_ items: String, after parent: String?) -> String? {
            connection.create("[\(items)]", after: parent, #""generate":false"#)
            connection.answer(.warm(tokens: 1))
            return connection.take().last?.string("response.id")
        }
        var parent = warm((0..<4000).map(call).joined(separator: ","), after: nil)
        let counted = process.memory.bytes
        let held = AllocationCounter.count {
            for number in 0..<50 {
                let output = #"{"type":"function_call_output","call_id":"call_\#(100_000 + number)","output":"o"}"#
                parent = warm(changing ? output + "," + call(4000 + number) : #"{"role":"user","content":"x"}"#, after: parent)
            }
        }.counts.held
        #expect(parent != nil)
        #expect(held <= (process.memory.bytes - counted) * 5 / 4 + 65_536)
        if !changing { #expect(held < 1 << 20, "the list is their parent's") }
    }
}
