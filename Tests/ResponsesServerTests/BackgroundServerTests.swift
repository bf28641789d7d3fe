import ResponsesAPI
import ResponsesCore
import ResponsesEngine
import ResponsesStore
import ResponsesTesting
import Testing

@testable import ResponsesServer

/// Responses in the background over real connections: they need no listener, have any number of readers, and end once.
@Suite(.timeLimit(.minutes(1))) struct BackgroundServerTests {
    private func start(_ server: TestServer, _ more: String = "", key: String? = nil) async throws -> String {
        let answer = try await server.post("/v1/responses", #"{"model":"m","input":"x","background":true\#(more)}"#, key: key)
        #expect(answer.status == 200)
        #expect(answer.json.string("status") == "queued")
        return try #require(answer.json.string("id"))
    }

    /// The numbers and types of a stream's events.
    private func events(_ text: String) throws -> [(number: Int, type: String)] {
        try text.split(separator: "\n").filter { $0.hasPrefix("data: {") }.map { line in
            let json = try RawJSON(parsing: String(line.dropFirst("data: ".count)))
            return (json["sequence_number"]?.intValue ?? -1, json.string("type") ?? "")
        }
    }

    private func stream(_ server: TestServer, _ id: String, after number: Int? = nil) async throws -> Wire {
        let wire = try await server.wire()
        let after = number.map { "&starting_after=\($0)" } ?? ""
        try await wire.request("GET", "/v1/responses/\(id)?stream=true\(after)")
        return wire
    }

    @Test func itIsPolledUntilItIsDone() async throws {
        let engine = HandEngine()
        try await TestServer.with(engine) { server in
            let id = try await start(server)
            let generation = try await engine.next()
            #expect(try await server.get("/v1/responses/\(id)").json.string("status") == "in_progress")
            generation.answer("done")
            let wire = try await stream(server, id)
            _ = try await wire.read(through: "data: [DONE]")
            let response = try await server.get("/v1/responses/\(id)").json
            #expect(response.string("status") == "completed")
            #expect(response["output"]?.elements.first?["content"]?.elements.first?.string("text") == "done")
            await wire.close()
        }
    }

    /// A stream that broke goes on where it was, while others read from the beginning; nothing is missing, nothing twice.
    @Test func aBrokenStreamGoesOn() async throws {
        let engine = HandEngine()
        try await TestServer.with(engine) { server in
            let first = try await server.wire()
            try await first.request("POST", "/v1/responses", body: #"{"model":"m","input":"x","background":true,"stream":true}"#)
            let generation = try await engine.next()
            generation.send("one ")
            let text = try await first.read(through: "event: response.output_text.delta")
            let begun = try events(text)
            await first.close()
            generation.send("two ")
            let id = try #require(text.firstMatch(of: /resp_[0-9a-f]+/).map { String($0.output) })
            let (again, other) = try await (stream(server, id, after: 3), stream(server, id))
            generation.answer("three")
            let rest = try events(try await again.read(through: "data: [DONE]"))
            let all = try events(try await other.read(through: "data: [DONE]"))
            #expect(all.map(\.number) == Array(0..<all.count))
            #expect(rest.map(\.number) == Array(4..<all.count))
            #expect(all.last?.type == "response.completed")
            #expect(begun.map(\.number) == Array(0..<begun.count))
            // And once more when it is long over.
            let late = try await stream(server, id, after: all.count - 3)
            #expect(try events(try await late.read(through: "data: [DONE]")).map(\.number) == [all.count - 2, all.count - 1])
            for wire in [again, other, late] { await wire.close() }
        }
    }

    @Test func aCancelKeepsWhatWasMadeAndCanBeRepeated() async throws {
        let engine = HandEngine()
        try await TestServer.with(engine) { server in
            let id = try await start(server)
            let generation = try await engine.next()
            generation.send("half")
            let wire = try await stream(server, id)
            _ = try await wire.read(through: "output_text.delta")
            let answer = try await server.post("/v1/responses/\(id)/cancel", "{}")
            #expect(answer.json.string("status") == "cancelled")
            #expect(await generation.ended() == .cancelled)
            _ = try await wire.read(through: "data: [DONE]")
            let again = try await server.post("/v1/responses/\(id)/cancel", "{}")
            #expect(again.json == answer.json)
            #expect(try await server.get("/v1/responses/\(id)").json == answer.json)
            await wire.close()
        }
    }

    @Test func onlyWhatRunsInTheBackgroundIsCancelled() async throws {
        let engine = HandEngine()
        try await TestServer.with(engine) { server in
            async let answer = server.post("/v1/responses", #"{"model":"m","input":"x"}"#)
            try await engine.next().answer("done")
            let id = try #require(try await answer.json.string("id"))
            #expect(try await server.post("/v1/responses/\(id)/cancel", "{}").status == 400)
            #expect(try await server.post("/v1/responses/resp_none/cancel", "{}").status == 404)
        }
    }

    /// A deleted response does not come back when it ends.
    @Test func whatRunsCanBeDeleted() async throws {
        let engine = HandEngine()
        try await TestServer.with(engine) { server in
            let id = try await start(server)
            let generation = try await engine.next()
            for _ in 0..<20 { generation.send(String(repeating: "x", count: 50_000)) }
            #expect(try await server.delete("/v1/responses/\(id)").status == 200)
            #expect(await generation.ended() == .cancelled)
            let log = try await server.services.events?.events(of: ResponseID(id), after: -1, owner: .anybody)
            #expect(log == nil)
            #expect(try await server.get("/v1/responses/\(id)").status == 404)
            #expect(try await server.get("/v1/responses/\(id)?stream=true").status == 404)
        }
    }

    @Test func oneOwnerHasSoManyAndNoMore() async throws {
        let engine = HandEngine()
        try await TestServer.with(engine, configure: {
            $0.limits.backgroundMaxOfOwner = 2
            $0.limits.shutdownGrace = .milliseconds(50)
        }) { server in
            _ = try await start(server)
            _ = try await start(server)
            let refused = try await server.post("/v1/responses", #"{"model":"m","input":"x","background":true}"#)
            #expect(refused.status == 429)
            try await engine.next().answer("done")
            // Its place is free once it is stored and its events are kept.
            var status = 429
            while status == 429 {
                status = try await server.post("/v1/responses", #"{"model":"m","input":"x","background":true}"#).status
            }
            #expect(status == 200)
        }
    }

    /// What runs when the server stops is stored as failed, and the shutdown waits for that.
    @Test func aShutdownStoresWhatRuns() async throws {
        let engine = HandEngine()
        let store = MemoryStore(bytesMax: 64 << 20)
        var id = ""
        try await TestServer.with(engine, store: store, configure: { $0.limits.shutdownGrace = .milliseconds(50) }) { server in
            id = try await start(server)
            _ = try await engine.next()
        }
        let record = try #require(store.response(ResponseID(id), of: .anybody))
        #expect(record.status == "failed")
        #expect(!record.isRunning)
    }

    /// A process that was killed left a record that runs; the next one ends it.
    @Test func whatAnEarlierProcessLeftIsFailed() async throws {
        let store = LeftStore()
        let object: RawJSON = #"{"id":"resp_left","object":"response","status":"queued","error":null,"output":[],"background":true,"tools":[]}"#
        try store.kept.save(
            ResponseRecord(id: "resp_left", owner: .anybody, createdAt: 1, object: object, isRunning: true))
        try await TestServer.with(HandEngine(), store: store) { server in
            let response = try await server.get("/v1/responses/resp_left").json
            #expect(response.string("status") == "failed")
            #expect(response.string("error.code") == "server_error")
            #expect(try await server.post("/v1/responses/resp_left/cancel", "{}").json == response)
        }
        #expect(store.kept.response("resp_left", of: .anybody)?.isRunning == false)
    }

    /// The events of a foreground turn can be read once more, from any connection of its key.
    @Test(arguments: ["stream", "socket"]) func aFinishedTurnIsReplayed(_ kind: String) async throws {
        let engine = HandEngine()
        try await TestServer.with(engine) { server in
            let id: String
            var said: [String] = []
            if kind == "socket" {
                let socket = try await server.socket()
                try await socket.send(create(#""input":"x""#))
                try await engine.next().answer("done")
                let events = try await socket.events(through: "response.completed")
                said = events.map(\.type)
                id = try #require(events.last?.string("response.id"))
                await socket.close()
            } else {
                let wire = try await server.wire()
                try await wire.request("POST", "/v1/responses", body: #"{"model":"m","input":"x","stream":true}"#)
                try await engine.next().answer("done")
                let text = try await wire.read(through: "data: [DONE]")
                said = try events(text).map(\.type)
                id = try #require(text.firstMatch(of: /resp_[0-9a-f]+/).map { String($0.output) })
                await wire.close()
            }
            let replay = try await stream(server, id)
            let replayed = try events(try await replay.read(through: "data: [DONE]"))
            #expect(replayed.map(\.type) == said)
            #expect(replayed.map(\.number) == Array(0..<said.count))
            await replay.close()
        }
    }

    /// The events of a turn that is to be stored are in the book while it runs, and with what is stored when it is over.
    @Test func keptEventsAreCounted() async throws {
        let engine = HandEngine()
        try await TestServer.with(engine) { server in
            let book = server.services.book.process
            let wire = try await server.wire()
            try await wire.request("POST", "/v1/responses", body: #"{"model":"m","input":"x","stream":true}"#)
            let generation = try await engine.next()
            for _ in 0..<4 { generation.send(String(repeating: "x", count: 100_000)) }
            while book.bytes(for: .events) < 400_000 { await Task.yield() }
            generation.finish()
            _ = try await wire.read(through: "data: [DONE]")
            #expect(book.bytes(for: .events) == 0)
            #expect(server.services.replays.bytes >= 400_000)
            #expect(book.bytes(for: .stored) >= server.services.replays.bytes)
            await wire.close()
        }
    }

    /// A turn that its client cancelled is not stored, and has no replay either.
    @Test func whatIsNotStoredIsNotReplayed() async throws {
        let engine = HandEngine()
        try await TestServer.with(engine) { server in
            let socket = try await server.socket()
            try await socket.send(create(#""input":"x""#))
            let generation = try await engine.next()
            try await socket.send(#"{"type":"response.cancel"}"#)
            let last = try await socket.terminal()
            #expect(last.type == "response.incomplete")
            let id = try #require(last.string("response.id"))
            #expect(try await server.get("/v1/responses/\(id)?stream=true").status == 404)
            #expect(server.services.replays.bytes == 0)
            _ = await generation.ended()
            await socket.close()
        }
    }

    /// What a running turn continues may be deleted: the turn's chain is whole all the same.
    @Test func aParentMayBeDeletedMeanwhile() async throws {
        let engine = HandEngine()
        try await TestServer.with(engine) { server in
            async let first = server.post("/v1/responses", #"{"model":"m","input":"one"}"#)
            try await engine.next().answer("1")
            let parent = try #require(try await first.json.string("id"))
            async let second = server.post("/v1/responses", #"{"model":"m","input":"two","previous_response_id":"\#(parent)"}"#)
            let generation = try await engine.next()
            #expect(try await server.delete("/v1/responses/\(parent)").status == 200)
            generation.answer("2")
            let id = try #require(try await second.json.string("id"))
            let items = try await server.get("/v1/responses/\(id)/input_items")
            #expect(items.json["data"]?.elements.count == 2)
            #expect(try await server.get("/v1/responses/\(parent)").status == 404)
        }
    }

    /// The log follows a response that is made slowly, and the feed forgets what the log has.
    @Test func theLogFollowsTheFeed() async throws {
        let engine = HandEngine()
        try await TestServer.with(engine) { server in
            let id = try await start(server)
            let generation = try await engine.next()
            let events = try #require(server.services.events)
            var first = 0
            for round in 1...12 {
                for _ in 0..<40 { generation.send(String(repeating: "x", count: 4000)) }
                // So many events must be there, but for those that wait for more.
                while first < 40 * round - 16 {
                    let page = try await events.events(of: ResponseID(id), after: first, atMost: 1 << 20, owner: .anybody)
                    if let page, !page.events.isEmpty { first = page.end - 1 } else { await Task.yield() }
                }
            }
            let feed = try #require(server.services.background.response(ResponseID(id), of: .anybody)).feed
            #expect(feed.bytes < 3 << 19)
            generation.finish()
            let wire = try await stream(server, id)
            let read = try self.events(try await wire.read(through: "data: [DONE]"))
            #expect(read.map(\.number) == Array(0..<read.count))
            #expect(read.last?.type == "response.completed")
            await wire.close()
        }
    }

    @Test func whatWasNotStreamedSaysSo() async throws {
        let engine = HandEngine()
        try await TestServer.with(engine) { server in
            async let answer = server.post("/v1/responses", #"{"model":"m","input":"x"}"#)
            try await engine.next().answer("done")
            let id = try #require(try await answer.json.string("id"))
            let refused = try await server.get("/v1/responses/\(id)?stream=true")
            #expect(refused.status == 400)
            #expect(refused.json.string("error.param") == "stream")
        }
    }

    /// A reader that goes away holds up nothing and leaves nothing behind.
    @Test func aReaderMayGoAway() async throws {
        let engine = HandEngine()
        try await TestServer.with(engine) { server in
            let id = try await start(server)
            let generation = try await engine.next()
            for _ in 0..<8 {
                let wire = try await stream(server, id)
                _ = try await wire.read(through: "response.in_progress")
                await wire.close()
            }
            generation.answer("done")
            let wire = try await stream(server, id)
            #expect(try events(try await wire.read(through: "data: [DONE]")).last?.type == "response.completed")
            await wire.close()
        }
    }
}

/// A store in memory that a process before left something in.
private final class LeftStore: ResponseStore {
    let kept = MemoryStore(bytesMax: 64 << 20)

    func running() async throws(StoreError) -> [ResponseRecord] {
        [kept.response("resp_left", of: .anybody)].compactMap(\.self).filter(\.isRunning)
    }
    func save(_ record: ResponseRecord) async throws(StoreError) { try kept.save(record) }
    func response(_ id: ResponseID, of owner: Owner) async throws(StoreError) -> ResponseRecord? { kept.response(id, of: owner) }
    func chain(
        to id: ResponseID, of owner: Owner, holding isHeld: (ResponseID) -> Bool
    ) async throws(StoreError) -> [ResponseRecord]? { kept.chain(to: id, of: owner, holding: isHeld) }
    func item(_ id: String, of owner: Owner) async throws(StoreError) -> RawJSON? { kept.item(id, of: owner) }
    func inputItems(of id: ResponseID, _ page: Page, owner: Owner) async throws(StoreError) -> ItemPage? {
        try kept.inputItems(of: id, page, owner: owner)
    }
    func delete(_ id: ResponseID, of owner: Owner) async throws(StoreError) -> Bool { kept.delete(id, of: owner) }
}
