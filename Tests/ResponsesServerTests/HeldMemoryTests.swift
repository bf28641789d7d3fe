import LibC
import ResponsesAPI
import ResponsesCore
import ResponsesWebSocket
import Testing
import ThreadTools

@testable import ResponsesServer

/// Every byte that is held for a client is in the book, and nothing is when its connection is gone (ARCHITECTURE, property 8).
@Suite(.serialized, .timeLimit(.minutes(2))) struct HeldMemoryTests {
    private static let size = 12 << 20

    /// A use is held for one client over real connections; what the process's heap grew by is what the book knows. A holder
    /// that is registered nowhere makes the heap larger than the book, and a new use does not compile without its case here.
    @Test(arguments: MemoryUse.allCases) func theBookKnowsTheHeap(use: MemoryUse) async throws {
        // A client that reads them takes as much again in a test's heap (`BackgroundServerTests`).
        if use == .events { return }
        let engine = HandEngine()
        try await TestServer.with(engine, configure: { $0.limits.toolsKeptBytesMax = 64 << 20 }) { server in
            let book = server.services.book
            // What a first turn makes once.
            let first = try await server.socket()
            try await first.send(create(#""input":"x""#))
            try await engine.next().answer("ok")
            _ = try await first.terminal()
            let heap = heap_bytes_in_use()
            let counted = book.process.bytes
            let scene = Scene(server: server, engine: engine)
            let clients = try await scene.hold(use)
            await scene.until { book.process.bytes(for: use) >= (use == .connections ? 1 : Self.size - (512 << 10)) }
            var (grown, known) = (0, 0)
            await TestServer.settle(turnsMax: 1000) {
                (grown, known) = (Int(heap_bytes_in_use()) - Int(heap), book.process.bytes - counted)
                return grown <= known * 5 / 4 + (3 << 20)
            }
            if heap > 0 { #expect(grown <= known * 5 / 4 + (3 << 20), "\(use)") }
            for client in clients { await client.close() }
            await first.close()
            let kept = use == .stored || use == .chains
            await scene.until { kept || book.process.bytes(for: use) < 64 << 10 }
        }
    }

    /// Clients that hold something.
    private struct Scene {
        let server: TestServer
        let engine: HandEngine

        /// Waits for what the server does on its own loops. The suite's time limit bounds it.
        func until(_ condition: () -> Bool) async {
            while !condition() { await Task.yield() }
        }

        func hold(_ use: MemoryUse) async throws -> [Wire] {
            switch use {
            // One is small, and in a test's heap its client takes as much again.
            case .connections: []
            case .receiving: try await [halfMessage(), halfBody()]
            case .waiting: try await [waiting()]
            case .requests: try await [request()]
            case .tools: try await [tools()]
            case .answers: try await [growing()]
            case .unsent: try await [unread()]
            case .events: []
            case .chains: try await [chain()]
            case .stored: try await [stored()]
            }
        }

        private func text(_ bytes: Int) -> String { String(repeating: "x", count: bytes) }

        private func halfMessage() async throws -> Wire {
            let socket = try await server.socket()
            try await socket.send(.text, [UInt8](repeating: 0x20, count: size / 2), isFinal: false)
            return socket.wire
        }

        private func halfBody() async throws -> Wire {
            let wire = try await server.wire()
            try await wire.send("POST /v1/responses HTTP/1.1\r\nHost: localhost\r\nContent-Length: \(2 * size)\r\n\r\n")
            try await wire.send([UInt8](repeating: 0x20, count: size / 2))
            return wire
        }

        private func waiting() async throws -> Wire {
            let socket = try await server.socket()
            try await socket.send(create(#""input":"x","store":false"#))
            _ = try await engine.next()
            for _ in 0..<4 { try await socket.send(create(#""input":"\#(text(size / 4))","store":false"#)) }
            return socket.wire
        }

        private func request() async throws -> Wire {
            let socket = try await server.socket()
            try await socket.send(create(#""input":"\#(text(size / 2))","store":false"#))
            _ = try await engine.next()
            return socket.wire
        }

        private func tools() async throws -> Wire {
            let socket = try await server.socket()
            let tool = #"{"type":"function","name":"f","description":"\#(text(size))"}"#
            try await socket.send(create(#""input":"x","store":false,"tools":[\#(tool)]"#))
            try await engine.next().answer("ok")
            _ = try await socket.terminal()
            return socket.wire
        }

        private func growing() async throws -> Wire {
            let wire = try await server.wire()
            try await wire.request("POST", "/v1/responses", body: #"{"model":"m","input":"x","store":false}"#)
            let generation = try await engine.next()
            for _ in 0..<16 { generation.send(text(size / 16)) }
            return wire
        }

        private func unread() async throws -> Wire {
            let wire = try await server.stalledReader("answer")
            try await engine.next().answer(text(size + (8 << 20)))
            return wire
        }

        private func chain() async throws -> Wire {
            let socket = try await server.socket()
            try await socket.send(create(#""input":"\#(text(size / 2))","store":false"#))
            try await engine.next().answer("ok")
            _ = try await socket.terminal()
            return socket.wire
        }

        private func stored() async throws -> Wire {
            let socket = try await server.socket()
            for _ in 0..<4 {
                try await socket.send(create(#""input":"\#(text(size / 4))""#))
                try await engine.next().answer("ok")
                _ = try await socket.terminal()
            }
            return socket.wire
        }

        private var size: Int { HeldMemoryTests.size }
    }

    /// A large message is read beside the loop; what came behind it keeps its place.
    @Test func messagesStayInOrder() async throws {
        let engine = HandEngine()
        try await TestServer.with(engine) { server in
            let socket = try await server.socket()
            let large = create(#""input":"\#(String(repeating: "x", count: 1 << 20))","store":false,"metadata":{"turn":"1"}"#)
            let small = create(#""input":"x","store":false,"metadata":{"turn":"2"}"#)
            try await socket.wire.send(Socket.frame(.text, Array(large.utf8)) + Socket.frame(.text, Array(small.utf8)))
            for turn in ["1", "2"] {
                try await engine.next().answer("ok")
                #expect(try await socket.terminal().string("response.metadata.turn") == turn)
            }
            await socket.close()
        }
    }

    /// A client that sends half a message and keeps it is the largest: it goes, with a code that says why.
    @Test func halfAMessageGivesWay() async throws {
        let engine = HandEngine()
        try await TestServer.with(engine, configure: { $0.limits.processMemoryBytesMax = 16 << 20 }) { server in
            let neighbour = try await server.socket()
            try await neighbour.send(create(#""input":"x","store":false"#))
            try await engine.next().answer("ok")
            let own = try await neighbour.terminal().string("response.id")
            let socket = try await server.socket()
            try await socket.send(.text, [UInt8](repeating: 0x20, count: 20 << 20), isFinal: false)
            #expect(await socket.closeCode() == 1013)
            try await neighbour.send(create(#""input":"y","store":false,"previous_response_id":"\#(own ?? "")""#))
            try await engine.next().answer("ok")
            #expect(try await neighbour.terminal().type == "response.completed")
            await neighbour.close()
        }
    }

    /// The same by HTTP is answered with an error.
    @Test func halfABodyGivesWay() async throws {
        try await TestServer.with(HandEngine(), configure: { $0.limits.processMemoryBytesMax = 16 << 20 }) { server in
            let wire = try await server.wire()
            try await wire.send("POST /v1/responses HTTP/1.1\r\nHost: localhost\r\nContent-Length: \(60 << 20)\r\n\r\n")
            // No more than it takes, piece by piece: what comes behind the answer is not read.
            let book = server.services.book
            var sent = 0
            while !wire.hasReceived {
                try await wire.send([UInt8](repeating: 0x20, count: 64 << 10))
                sent += 64 << 10
                while !wire.hasReceived, book.process.bytes(for: .receiving) < sent { await Task.yield() }
            }
            let response = try await wire.response()
            #expect(response.status == 503)
            #expect(response.text.contains("server_is_overloaded"))
            await wire.close()
        }
    }

    /// A whole body is the largest once it is being read: it is refused and no engine is asked, and its connection goes on.
    @Test func aBodyThatIsBeingReadGivesWay() async throws {
        let engine = HandEngine()
        try await TestServer.with(engine, configure: { $0.limits.processMemoryBytesMax = 16 << 20 }) { server in
            let wire = try await server.wire()
            let text = String(repeating: "x", count: 6 << 20)
            try await wire.request("POST", "/v1/responses", body: #"{"model":"m","input":"\#(text)","store":false}"#)
            #expect(try await wire.response().status == 503)
            try await wire.request("POST", "/v1/responses", body: #"{"model":"m","input":"small","store":false}"#)
            let generation = try await engine.next()
            #expect(engine.waitingCount == 0)
            generation.answer("ok")
            #expect(try await wire.response().status == 200)
            await wire.close()
        }
    }
}
