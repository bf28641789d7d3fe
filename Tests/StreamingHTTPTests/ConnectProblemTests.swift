import AsyncHTTPClient
import LibC
import NIOCore
import NIOPosix
import Testing

@testable import StreamingHTTP

@Suite struct ConnectProblemTests {
    @Test func errorsAndTheirMeaning() {
        func io(_ code: Int32) -> IOError { IOError(errnoCode: code, reason: "connect") }
        let meanings: [(any Error, ConnectProblem?)] = [
            (io(ECONNREFUSED), .refused), (io(EHOSTUNREACH), .unreachable), (io(ENETUNREACH), .unreachable),
            (ChannelError.connectTimeout(.seconds(1)), .timedOut), (HTTPClientError.connectTimeout, .timedOut),
            (HTTPClientError.tlsHandshakeTimeout, .timedOut),
            // The connection was there.
            (io(ECONNRESET), nil), (io(EPIPE), nil), (ChannelError.eof, nil), (HTTPClientError.remoteConnectionClosed, nil),
            (HTTPClientError.cancelled, nil), (CancellationError(), nil),
        ]
        for (error, problem) in meanings { #expect(ConnectProblem(error) == problem, "\(error)") }
    }

    @Test func aNameWithoutAddress() async throws {
        // Reserved to be no host's name (RFC 6761 section 6.4).
        let error = await #expect(throws: (any Error).self) {
            try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton).connect(host: "nobody.invalid", port: 1).get()
        }
        #expect(error.flatMap { ConnectProblem($0) } == .noHost)
    }
}
