import Testing

@testable import ResponsesTesting
@testable import StreamingHTTP

@Suite struct ConnectionPoolStateTests {
    private var pool = PoolDialogue()

    @Test mutating func aConnectionIsUsedAgain() {
        #expect(pool.request("a") == "open")
        #expect(pool.opened("1") == "a on 1")
        #expect(pool.freed("1") == "keep 1")
        #expect(pool.request("b") == "b on 1")
    }

    /// The one that the server has had least time to close.
    @Test mutating func theLastUsedIsUsedFirst() {
        _ = (pool.request("a"), pool.request("b"), pool.opened("1"), pool.opened("2"))
        _ = (pool.freed("2"), pool.freed("1"))
        #expect(pool.request("c") == "c on 1")
        #expect(pool.request("d") == "d on 2")
    }

    @Test mutating func aboveTheLimitRequestsWait() {
        #expect(pool.request("a") == "open")
        #expect(pool.request("b") == "open")
        #expect(pool.request("c") == "")
        #expect(pool.request("d") == "")
        #expect(pool.opened("1") == "a on 1")
        #expect(pool.opened("2") == "b on 2")
        #expect(pool.freed("2") == "c on 2")
        // One that is gone makes room.
        #expect(pool.closed("1") == "open")
        #expect(pool.opened("3") == "d on 3")
        #expect(pool.closed("2") == "")
    }

    @Test mutating func whoeverWaitsLongestGetsTheFirst() {
        _ = (pool.request("a"), pool.opened("1"))
        #expect(pool.request("b") == "open")
        #expect(pool.freed("1") == "b on 1")
        // Nobody waits for what was opened.
        #expect(pool.opened("2") == "keep 2")
        #expect(pool.request("c") == "c on 2")
    }

    @Test mutating func aWaitCanEnd() {
        _ = (pool.request("a"), pool.request("b"), pool.request("c"))
        #expect(pool.withdraw("b") == "forget b")
        #expect(pool.withdraw("b") == "")
        #expect(pool.opened("1") == "a on 1")
        #expect(pool.withdraw("a") == "")
        #expect(pool.opened("2") == "c on 2")
    }

    @Test mutating func eachFailureFailsOne() {
        _ = (pool.request("a"), pool.request("b"), pool.request("c"))
        #expect(pool.openingFailed() == "fail a open")
        #expect(pool.openingFailed() == "fail b")
        #expect(pool.openingFailed() == "fail c")
        #expect(pool.request("d") == "open")
        #expect(pool.withdraw("d") == "forget d")
        #expect(pool.openingFailed() == "")
    }

    @Test mutating func anIdleConnectionIsKeptForSoLong() {
        _ = (pool.request("a"), pool.request("b"), pool.opened("1"), pool.opened("2"))
        #expect(pool.freed("1") == "keep 1")
        #expect(pool.wake(after: 10) == "sleep 20")
        #expect(pool.freed("2") == "keep 2")
        #expect(pool.wake(after: 20) == "close 1 sleep 10")
        // What closes is not used, and counts until it is gone.
        #expect(pool.request("c") == "c on 2")
        #expect(pool.request("d") == "")
        #expect(pool.closed("1") == "open")
        #expect(pool.wake(after: 100) == "")
    }

    @Test mutating func anIdleConnectionThatEndsIsForgotten() {
        _ = (pool.request("a"), pool.opened("1"), pool.freed("1"))
        #expect(pool.closed("1") == "")
        #expect(pool.request("b") == "open")
    }

    @Test mutating func shuttingDown() {
        pool = PoolDialogue(connectionsMax: 3)
        _ = (pool.request("a"), pool.request("b"), pool.opened("1"), pool.opened("2"), pool.freed("1"))
        _ = (pool.request("c"), pool.request("d"), pool.request("e"))
        #expect(pool.shutDown() == "close 2 close 1 fail d fail e")
        #expect(pool.shutDown() == "close 2 close 1")
        #expect(pool.request("f") == "refuse f")
        #expect(pool.opened("3") == "close 3")
        #expect(pool.freed("2") == "close 2")
        #expect([pool.closed("1"), pool.closed("2"), pool.closed("3")] == ["", "", ""])
    }

    /// Whatever happens: no more than the limit are open, nobody waits while one is idle, and every request gets its turn.
    @Test func inAnyOrder() {
        for seed in 0..<1000 as Range<UInt64> {
            var random = SplitMix64(seed: seed)
            var pool = PoolDialogue(connectionsMax: 3)
            var (openings, requests, connections) = (0, 0, 0)
            var (idle, running, waiting): (Set<String>, [String: String], [String]) = ([], [:], [])
            func heard(_ words: String) {
                let words = words.split(separator: " ").map(String.init)
                for index in words.indices {
                    switch words[index] {
                    case "open": openings += 1
                    case "on":
                        let (request, connection) = (words[index - 1], words[index + 1])
                        #expect(running[connection] == nil, "one request at a time")
                        if let first = waiting.first {
                            #expect(request == first, "in their order")
                            waiting.removeFirst()
                        }
                        idle.remove(connection)
                        running[connection] = request
                    case "keep": idle.insert(words[index + 1])
                    case "fail":
                        #expect(waiting.first == words[index + 1])
                        waiting.removeFirst()
                    default: break
                    }
                }
                #expect(openings + idle.count + running.count <= 3)
                #expect(waiting.isEmpty || idle.isEmpty)
                #expect(waiting.isEmpty || openings + running.count > 0, "somebody will come for who waits")
            }
            for _ in 0..<60 {
                switch random.next(below: 6) {
                case 0, 1:
                    requests += 1
                    let words = pool.request("r\(requests)")
                    if !words.contains(" on ") { waiting.append("r\(requests)") }
                    heard(words)
                case 2 where openings > 0:
                    openings -= 1
                    connections += 1
                    heard(pool.opened("\(connections)"))
                case 3 where openings > 0:
                    openings -= 1
                    heard(pool.openingFailed())
                case 4:
                    guard let name = running.keys.sorted().first else { continue }
                    running[name] = nil
                    heard(pool.freed(name))
                case 5:
                    guard let name = idle.union(running.keys).max(), random.chance(50) else { continue }
                    running[name] = nil
                    idle.remove(name)
                    heard(pool.closed(name))
                default: break
                }
            }
        }
    }
}
