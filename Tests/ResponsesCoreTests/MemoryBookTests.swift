import ResponsesAPI
import ResponsesCore
import ResponsesEngine
import ResponsesTesting
import Synchronization
import Testing

/// Over a budget who holds the most gives way, and nobody else does (ARCHITECTURE, property 8).
struct MemoryBookTests {
    private final class Holder: MemoryHolder {
        let goal = Atomic<Int>(-1)
        func giveWay(downTo bytes: Int) { goal.store(bytes, ordering: .relaxed) }
        var wasAsked: Bool { goal.load(ordering: .relaxed) >= 0 }
    }

    private struct Party {
        let holder = Holder()
        let owner: Owner
        let account: MemoryAccount

        init(_ owner: Owner, _ bytes: Int, in book: MemoryBook) {
            self.owner = owner
            account = book.open(for: owner, holder)
            account.add(bytes, for: .chains)
        }
    }

    @Test func theLargestOfTheLargestOwnerGivesWay() {
        let book = MemoryBook(bytesMax: 20_000)
        let (first, second) = (Party("a", 6000, in: book), Party("a", 7000, in: book))
        let other = Party("b", 8000, in: book)
        #expect(book.isOver(other.account, of: "b"))
        book.relieve()
        #expect(!first.holder.wasAsked && !other.holder.wasAsked)
        #expect(second.holder.goal.load(ordering: .relaxed) == 7000 - (1000 + 20_000 / 32))
    }

    @Test func anOwnerKeepsToItsShare() {
        let book = MemoryBook(bytesMax: 20_000, ownerShare: 0.5)
        let (large, small) = (Party("a", 11_000, in: book), Party("b", 2000, in: book))
        #expect(book.isOver(large.account, of: "a"))
        #expect(!book.isOver(small.account, of: "b"))
        book.relieve()
        #expect(large.holder.wasAsked && !small.holder.wasAsked)
        // Where there are no keys there is nobody to protect.
        let open = MemoryBook(bytesMax: 20_000, ownerShare: 0.5)
        let anybody = Party(.anybody, 19_000, in: open)
        #expect(!open.isOver(anybody.account, of: .anybody))
        open.relieve()
        #expect(!anybody.holder.wasAsked)
    }

    @Test func anOwnerMayHaveAShareOfItsOwn() {
        let book = MemoryBook(bytesMax: 20_000, ownerShare: 0.5, ownerShares: ["a": 0.1])
        let (small, large) = (Party("a", 3000, in: book), Party("b", 9000, in: book))
        #expect(book.isOver(small.account, of: "a") && !book.isOver(large.account, of: "b"))
        book.relieve()
        #expect(small.holder.wasAsked && !large.holder.wasAsked)
    }

    /// Giving way takes a while: what was asked for counts as given.
    @Test func whatWasAskedForIsNotAskedOfOthers() {
        let book = MemoryBook(bytesMax: 20_000)
        let (large, other) = (Party("a", 15_000, in: book), Party("b", 8000, in: book))
        book.relieve()
        book.relieve()
        #expect(large.holder.wasAsked && !other.holder.wasAsked)
        // It did what it could, and what it lets go of is still in use elsewhere.
        book.gaveWay(large.account)
        book.relieve()
        #expect(!other.holder.wasAsked)
        large.account.subtract(4000, for: .chains)
        #expect(!book.isOver(large.account, of: "a"))
        // More comes: again the largest is asked.
        other.account.add(2000, for: .chains)
        large.holder.goal.store(-1, ordering: .relaxed)
        book.relieve()
        #expect(large.holder.wasAsked && !other.holder.wasAsked)
    }

    /// Who gives a part at a time is asked for the rest, and who could give nothing is asked again when it holds something else.
    @Test func whatIsNotGivenIsAskedForAgain() {
        let book = MemoryBook(bytesMax: 20_000)
        let (large, other) = (Party("a", 15_000, in: book), Party("b", 8000, in: book))
        var asked = 0
        for _ in 0..<20 where book.isOver(large.account, of: "a") {
            large.holder.goal.store(-1, ordering: .relaxed)
            book.relieve()
            guard large.holder.wasAsked else { continue }
            asked += 1
            large.account.subtract(500, for: .chains)
            book.gaveWay(large.account)
        }
        #expect(book.process.bytes <= 20_000)
        #expect(asked == 6)
        #expect(!other.holder.wasAsked)
        large.account.add(1000, for: .chains)
        for given in [0, 1000] {
            large.holder.goal.store(-1, ordering: .relaxed)
            large.account.add(100, for: .chains)
            book.relieve()
            #expect(large.holder.wasAsked)
            large.account.subtract(given, for: .chains)
            book.gaveWay(large.account)
        }
        #expect(!other.holder.wasAsked)
    }

    @Test func whoIsGoneIsNotAsked() {
        let book = MemoryBook(bytesMax: 20_000)
        let (gone, other) = (Party("a", 15_000, in: book), Party("b", 8000, in: book))
        gone.account.set(500, for: .unsent)
        book.close(gone.account, of: "a")
        #expect(book.holderCount == 1)
        #expect(book.process.bytes(for: .unsent) == 0)
        book.relieve()
        #expect(!gone.holder.wasAsked)
        #expect(other.holder.wasAsked, "chains of the closed one are in use, so somebody has to")
    }

    // MARK: Connections

    private let long = String(repeating: "x", count: 1000)

    /// One fills the server; its neighbour's chain goes on as if nothing was.
    @Test func aSmallNeighbourNeverLosesItsChain() {
        let process = InMemoryProcess(memoryBytesMax: 100_000)
        let large = InMemoryConnection(process, owner: "mallory")
        let small = InMemoryConnection(process, owner: "alice")
        var parents: [String?] = [nil, nil, nil]
        var own = small.complete("remember")
        for round in 0..<200 {
            let lane = round % 3
            large.create(long, after: parents[lane], lane: "lane\(lane)")
            large.answer(.say("ok"))
            parents[lane] = large.take(lane: "lane\(lane)").last?.string("response.id")
            large.giveWay()
            small.giveWay()
            #expect(process.memory.bytes <= 100_000)
            if round % 20 == 0 { own = small.complete("and", after: own) }
        }
    }

    /// What waits and runs is refused with a proper error, and the connection lives on.
    @Test func turnsGiveWayWithAnError() {
        let process = InMemoryProcess(memoryBytesMax: 20_000)
        let connection = InMemoryConnection(process)
        connection.create(long)
        #expect(connection.take().types == beginning)
        for _ in 0..<10 { connection.create(String(repeating: "x", count: 3000)) }
        connection.giveWay()
        let errors = connection.take()
        #expect(errors.allSatisfy { $0.string("error.code") == "server_is_overloaded" && $0["status"]?.intValue == 503 })
        #expect(errors.count == 10)
        connection.give(.text("so far"))
        // What runs goes last.
        for _ in 0..<8 { connection.give(.text(String(repeating: "y", count: 3000))) }
        connection.giveWay()
        #expect(connection.take().last?.type == "response.failed")
        #expect(connection.stopped.count == 1)
        #expect(!connection.core.isClosed)
        connection.complete("again")
    }

    /// Every use that the core counts rises with what is held for it, and is nothing when the connection is gone. A new use
    /// does not compile without its case here.
    @Test(arguments: MemoryUse.allCases) func everyUseIsCounted(use: MemoryUse) {
        let process = InMemoryProcess()
        let connection = InMemoryConnection(process) { $0.limits.largeBytesMin = 1 }
        let text = String(repeating: "x", count: 100_000)
        let account = connection.account
        switch use {
        // Counted by whoever drives the connection, or keeps what is stored (`HeldMemoryTests`).
        case .connections, .receiving, .unsent, .events, .stored: return
        case .waiting:
            connection.create()
            connection.create(text)
        case .requests:
            connection.holdsWork = true
            connection.create(text)
        case .tools: connection.create(store: false, #""tools":[{"type":"function","name":"f","description":"\#(text)"}]"#)
        case .answers:
            connection.create()
            connection.give(.text(text))
        case .chains: connection.complete(text)
        }
        #expect(account.bytes(for: use) >= 100_000)
        #expect(process.memory.bytes(for: use) == account.bytes(for: use))
        connection.disconnect()
        connection.doWork()
        #expect(account.bytes == 0)
        #expect(process.memory.bytes == 0)
    }

    /// Equal tools of many connections are held, and counted, once.
    @Test func toolsAreShared() {
        let process = InMemoryProcess()
        let text = String(repeating: "x", count: 100_000)
        let connections = (0..<10).map { _ in InMemoryConnection(process) }
        for connection in connections {
            connection.create(store: false, #""tools":[{"type":"function","name":"f","description":"\#(text)"}]"#)
        }
        let whole = process.memory.bytes(for: .tools)
        #expect(connections.allSatisfy { $0.account.bytes(for: .tools) == whole })
        for connection in connections.dropLast() { connection.disconnect() }
        #expect(process.memory.bytes(for: .tools) == whole)
        connections.last?.disconnect()
        #expect(process.memory.bytes(for: .tools) == 0)
    }
}
