// swift-tools-version: 6.2

import PackageDescription

let package = Package(
    name: "hotline",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "hotline", targets: ["hotline"]),
        .library(name: "ResponsesAPI", targets: ["ResponsesAPI"]),
        .library(name: "ResponsesEngine", targets: ["ResponsesEngine"]),
        .library(name: "ResponsesStore", targets: ["ResponsesStore"]),
        .library(name: "SQLiteStore", targets: ["SQLiteStore"]),
        .library(name: "ResponsesWebSocket", targets: ["ResponsesWebSocket"]),
        .library(name: "ResponsesCore", targets: ["ResponsesCore"]),
        .library(name: "ResponsesServer", targets: ["ResponsesServer"]),
        .library(name: "ResponsesClient", targets: ["ResponsesClient"]),
        .library(name: "OpenAICompatibleEngine", targets: ["OpenAICompatibleEngine"]),
        .library(name: "ScriptedEngine", targets: ["ScriptedEngine"]),
        .library(name: "ResponsesTesting", targets: ["ResponsesTesting"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        // SQLite: what is stored on a disk.
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        // Reads the configuration file; gives the place of each of its values.
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        // Without its trait that uses Foundation.
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2", traits: []),
    ],
    targets: [
        // The allocator's own calls, which the platform's module leaves out.
        .target(name: "CHeap"),
        // The C library of the platform, whatever it is called there.
        .target(name: "LibC", dependencies: ["CHeap"]),
        // The wire: values only.
        .target(name: "ResponsesAPI", dependencies: ["LibC"]),
        // The seam an engine is written against.
        .target(name: "ResponsesEngine", dependencies: ["ResponsesAPI"]),
        // The seam a store is written against, and a store in memory.
        .target(name: "ResponsesStore", dependencies: ["LibC", "ResponsesAPI"]),
        // What is stored, in one file of SQLite's.
        .target(
            name: "SQLiteStore",
            dependencies: [
                "LibC", "ThreadTools", "ResponsesAPI", "ResponsesStore", .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"), .product(name: "Logging", package: "swift-log"),
            ]),
        // Decisions: no I/O, no clock, no tasks.
        .target(name: "ResponsesCore", dependencies: ["ResponsesAPI", "ResponsesEngine", "ResponsesStore"]),
        // Two further wires of the same core: how their requests are read, their turns written and their errors worded.
        .target(name: "ChatWire", dependencies: ["ResponsesAPI", "ResponsesEngine", "ResponsesCore"]),
        .target(name: "MessagesWire", dependencies: ["ResponsesAPI", "ResponsesEngine", "ResponsesCore"]),
        // Log lines that never hold up who logs.
        .target(name: "BufferedLog", dependencies: ["LibC", "ThreadTools", .product(name: "Logging", package: "swift-log")]),
        // HTTP as both sides of the relay need it: requests whose answers are streams, on one event loop.
        .target(
            name: "StreamingHTTP",
            dependencies: [
                "LibC", "ResponsesAPI", "ThreadTools",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOHTTPCompression", package: "swift-nio-extras"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ]),
        // Frames, handshake and closing of RFC 6455, for both ends.
        .target(
            name: "ResponsesWebSocket",
            dependencies: [
                "LibC",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ]),
        // Effects: sockets, HTTP, stores, shutdown.
        .target(
            name: "ResponsesServer",
            dependencies: [
                "LibC", "ThreadTools", "ResponsesAPI", "ResponsesEngine", "ResponsesStore", "ResponsesCore", "ChatWire", "MessagesWire",
                "ResponsesWebSocket", "StreamingHTTP", "ContentCoding",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]),
        .target(
            name: "OpenAICompatibleEngine",
            dependencies: [
                "LibC", "ThreadTools", "ResponsesAPI", "ResponsesEngine", "StreamingHTTP",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ]),
        .target(name: "ScriptedEngine", dependencies: ["ResponsesAPI", "ResponsesEngine"]),
        // The other end of the line: chains, lanes, tools and agents for Swift programs.
        .target(
            name: "ResponsesClient",
            dependencies: [
                "ResponsesAPI", "ResponsesWebSocket", "StreamingHTTP",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ]),
        // What `hotline bench` measures with: an agent's loop, a simulated network, statistics, reports.
        .target(
            name: "AgentBench",
            dependencies: [
                "ResponsesAPI", "ResponsesClient", "StreamingHTTP",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ]),
        // Running other programs: tools of a chat, engines.
        .target(
            name: "ChildProcess",
            dependencies: [
                "LibC", "CProcessControl", "ThreadTools",
                .product(name: "Subprocess", package: "swift-subprocess"),
                // macOS has it in its SDK.
                .product(name: "SystemPackage", package: "swift-system", condition: .when(platforms: [.linux])),
            ]),
        // A llama.cpp server of our own: found, started, watched, and ended with us.
        .target(
            name: "LlamaServer",
            dependencies: ["LibC", "ResponsesEngine", "ChildProcess", .product(name: "Logging", package: "swift-log")]),
        // What `hotline chat` is: a conversation in a terminal, with tools and their approval.
        .target(
            name: "TerminalChat",
            dependencies: ["LibC", "ResponsesAPI", "ResponsesClient", "ChildProcess", "ThreadTools", "CEditLine"]),
        // Threads for calls that block.
        .target(name: "ThreadTools", dependencies: ["LibC", "CProcessControl", .product(name: "NIOPosix", package: "swift-nio")]),
        // What Swift cannot call: functions of the system with a variable number of arguments.
        .systemLibrary(name: "CProcessControl"),
        // Compression of HTTP bodies.
        .systemLibrary(
            name: "CCompression", pkgConfig: "libzstd",
            providers: [.apt(["zlib1g-dev", "libzstd-dev"]), .brew(["zstd"])]),
        .target(name: "ContentCoding", dependencies: ["CCompression"]),
        // Line editing in a terminal.
        .systemLibrary(
            name: "CEditLine", pkgConfig: "libedit", providers: [.apt(["libedit-dev"]), .brew(["libedit"])]),
        .target(
            name: "ResponsesTesting",
            dependencies: ["ResponsesAPI", "ResponsesEngine", "ResponsesStore", "ResponsesCore"]),
        .executableTarget(
            name: "hotline",
            dependencies: [
                "LibC", "ResponsesAPI", "ResponsesEngine", "ResponsesCore", "ResponsesServer", "OpenAICompatibleEngine",
                "ScriptedEngine", "ResponsesClient", "AgentBench", "TerminalChat", "BufferedLog", "ChildProcess", "LlamaServer", "ResponsesStore",
                "SQLiteStore",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "Yams", package: "Yams"),
            ]),
        // An agent as a user would write it; Examples/ is a package of its own as well.
        .executableTarget(name: "example-agent", dependencies: ["ResponsesClient"], path: "Examples/Agent"),
        // Our frame layer put to echo, for conformance suites.
        .executableTarget(
            name: "websocket-echo",
            dependencies: [
                "LibC", "ResponsesWebSocket",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ]),
        // What a turn costs, counted. Stands here so that it is built with the server it measures, from the same objects.
        .target(name: "CTurnCounts", path: "Benchmarks/Counts/CTurnCounts"),
        .executableTarget(
            name: "turn-counts",
            dependencies: [
                "CTurnCounts", "LibC", "BufferedLog", "OpenAICompatibleEngine", "ResponsesServer",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ], path: "Benchmarks/Counts/turn-counts"),
        // What the store on a disk does in a second.
        .executableTarget(
            name: "store-figures", dependencies: ["LibC", "ResponsesAPI", "ResponsesStore", "SQLiteStore"],
            path: "Benchmarks/Store/store-figures"),

        // Work counted instead of timed, for tests: stands in front of the allocator of the program they run in.
        .target(name: "CAllocationCounter", path: "Tests/Support/CAllocationCounter"),
        .target(
            name: "AllocationCounter", dependencies: ["CAllocationCounter"], path: "Tests/Support/AllocationCounter"),
        // A disk that loses its power, and a process that may be killed, for tests of the store.
        .target(name: "CPowerCut", path: "Tests/Support/CPowerCut"),
        .executableTarget(
            name: "store-saver", dependencies: ["LibC", "ResponsesAPI", "ResponsesStore", "SQLiteStore"],
            path: "Tests/Support/store-saver"),

        .testTarget(
            name: "ResponsesAPITests", dependencies: ["ResponsesAPI", "ResponsesTesting", "AllocationCounter"],
            exclude: ["Fixtures"]),
        .testTarget(name: "ContentCodingTests", dependencies: ["ContentCoding", "CCompression"]),
        .testTarget(
            name: "BufferedLogTests",
            dependencies: [
                "LibC", "ThreadTools", "BufferedLog",
                .product(name: "Logging", package: "swift-log"),
            ]),
        .testTarget(name: "ResponsesEngineTests", dependencies: ["ResponsesAPI", "ResponsesEngine"]),
        .testTarget(
            name: "ResponsesStoreTests", dependencies: ["LibC", "ResponsesAPI", "ResponsesStore", "ResponsesTesting"]),
        .testTarget(
            name: "SQLiteStoreTests",
            dependencies: [
                "LibC", "ThreadTools", "ResponsesAPI", "ResponsesStore", "ResponsesTesting", "SQLiteStore", "CPowerCut", "store-saver",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Logging", package: "swift-log"),
            ]),
        .testTarget(
            name: "ResponsesCoreTests",
            dependencies: [
                "LibC", "ResponsesAPI", "ResponsesEngine", "ResponsesStore", "ResponsesCore", "ResponsesTesting",
                "AllocationCounter",
            ]),
        .testTarget(
            name: "ChatWireTests",
            dependencies: ["ResponsesAPI", "ResponsesEngine", "ResponsesCore", "ChatWire", "ResponsesTesting", "AllocationCounter"]),
        .testTarget(
            name: "MessagesWireTests",
            dependencies: ["ResponsesAPI", "ResponsesEngine", "ResponsesCore", "MessagesWire", "ResponsesTesting", "AllocationCounter"]),
        .testTarget(
            name: "ResponsesWebSocketTests",
            dependencies: [
                "ResponsesWebSocket", "ResponsesTesting",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ]),
        .testTarget(
            name: "ResponsesServerTests",
            dependencies: [
                "LibC", "ThreadTools", "ResponsesAPI", "ResponsesEngine", "ResponsesStore", "ResponsesCore", "ResponsesWebSocket",
                "ResponsesServer", "ResponsesTesting", "ScriptedEngine",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]),
        .testTarget(
            name: "StreamingHTTPTests",
            dependencies: [
                "LibC", "ResponsesAPI", "StreamingHTTP", "ResponsesTesting",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOHTTPCompression", package: "swift-nio-extras"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ]),
        .testTarget(
            name: "OpenAICompatibleEngineTests",
            dependencies: [
                "ResponsesAPI", "ResponsesEngine", "OpenAICompatibleEngine", "ResponsesTesting", "AllocationCounter",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ], exclude: ["Fixtures"]),
        .testTarget(
            name: "ResponsesClientTests",
            dependencies: [
                "LibC", "ResponsesAPI", "ResponsesEngine", "ResponsesCore", "ResponsesWebSocket", "ResponsesServer",
                "ResponsesClient", "ResponsesTesting", "ScriptedEngine", "StreamingHTTP",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]),
        .testTarget(
            name: "AgentBenchTests",
            dependencies: [
                "ResponsesAPI", "AgentBench", "ResponsesTesting",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ]),
        .testTarget(
            name: "LlamaServerTests",
            dependencies: [
                "LibC", "LlamaServer", "ChildProcess", "ResponsesEngine", "ResponsesTesting",
                .product(name: "Logging", package: "swift-log"),
            ]),
        .testTarget(name: "ChildProcessTests", dependencies: ["LibC", "ChildProcess"]),
        .testTarget(
            name: "TerminalChatTests",
            dependencies: ["LibC", "TerminalChat", "ChildProcess", "ResponsesAPI", "ResponsesClient", "ResponsesTesting"]),
        .testTarget(
            name: "hotlineTests",
            dependencies: [
                "LibC", "OpenAICompatibleEngine", "ResponsesAPI", "ResponsesEngine", "ResponsesCore", "ResponsesServer",
                "ScriptedEngine", "AgentBench", "TerminalChat", "BufferedLog", "ChildProcess", "ResponsesTesting", "ResponsesStore",
                "SQLiteStore", "hotline",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ]),
        .testTarget(
            name: "ScriptedEngineTests",
            dependencies: [
                "ResponsesAPI", "ResponsesEngine", "ScriptedEngine", "ResponsesTesting", "AllocationCounter",
            ]),
        // The rules of this house: citations, names of files and types. Reads the repository's own text.
        .testTarget(name: "HouseTests"),
    ],
    swiftLanguageModes: [.v6]
)

// Every target is held to the same rules.
for target in package.targets where target.type != .system {
    target.swiftSettings = (target.swiftSettings ?? []) + [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
    ]
}
