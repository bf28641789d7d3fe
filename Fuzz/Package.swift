// swift-tools-version: 6.2

import PackageDescription

// Fuzzers, one executable each: `./run fuzz-frames 600` runs one for ten minutes. They need a toolchain with libFuzzer,
// such as those of swift.org.
//
// The code under test is linked in by folder, not as a dependency on the parent package: so it is built with coverage
// and the address sanitizer, its `package` declarations can be called, and nothing else has to be built. To add a
// fuzzer: link the folder of its target into Sources/ if it is not there, write Sources/fuzz-NAME/main.swift, and add a
// line to `fuzzers` below.

/// What each fuzzer calls.
let fuzzers: [(name: String, dependencies: [Target.Dependency])] = [
    ("fuzz-frames", ["ResponsesWebSocket"]),
    ("fuzz-json", ["ResponsesAPI"]),
    ("fuzz-sse", ["ChatResponse", "ResponsesEngine", "ResponsesAPI"]),
]

let package = Package(
    name: "fuzz",
    platforms: [.macOS(.v15)],
    targets: [
        // libFuzzer's entry point, declared for Swift.
        .target(name: "FuzzDriver"),
        .target(name: "FuzzSupport", dependencies: ["FuzzDriver"]),

        // Code under test: of the WebSocket layer the folder that needs no other package.
        .target(name: "ResponsesWebSocket"),
        .target(name: "CHeap"),
        .target(name: "LibC", dependencies: ["CHeap"]),
        .target(name: "ResponsesAPI", dependencies: ["LibC"]),
        .target(name: "ResponsesEngine", dependencies: ["ResponsesAPI"]),
        // Of the engine adapter the folders that read answers and failures.
        .target(name: "ChatResponse", dependencies: ["LibC", "ResponsesAPI", "ResponsesEngine"]),
    ]
        + fuzzers.map { .executableTarget(name: $0.name, dependencies: ["FuzzSupport", "LibC"] + $0.dependencies) },
    swiftLanguageModes: [.v6]
)

for target in package.targets where target.name != "FuzzDriver" {
    target.swiftSettings = [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .unsafeFlags(["-sanitize=fuzzer,address"]),
    ]
    if target.type == .executable {
        target.linkerSettings = [
            .unsafeFlags(["-sanitize=fuzzer,address"]),
            .unsafeFlags(["-use-ld=lld"], .when(platforms: [.linux])),
        ]
    }
}
