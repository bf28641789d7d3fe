import NIOCore
import NIOPosix

// The frame layer as an echo server, for conformance suites:
//
//     websocket-echo [--host 127.0.0.1] [--port 9001]
//
// Sends every text and binary message back. Exit codes: 0 for help, 1 when the address cannot be used, 2 for wrong usage.

let usage = "usage: websocket-echo [--host 127.0.0.1] [--port 9001]"

switch EchoArguments.parse(CommandLine.arguments.dropFirst()) {
case .help:
    say(usage)
case .failure(let problem):
    complain("error: \(problem)\n\(usage)")
    exitProcess(2)
case .success(let arguments):
    let group = MultiThreadedEventLoopGroup(numberOfThreads: System.coreCount)
    do {
        let server = try await EchoServer.bootstrap(group).bind(host: arguments.host, port: arguments.port).get()
        say("echoing on ws://\(arguments.host):\(server.localAddress?.port ?? arguments.port)/")
        try await server.closeFuture.get()
    } catch {
        complain("error: cannot listen on \(arguments.host):\(arguments.port): \(error)\n  Choose another with --port.")
        exitProcess(1)
    }
}
