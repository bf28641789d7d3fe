// swift-tools-version: 6.2

import PackageDescription

// Apart from the server's own package, so that nobody who uses that resolves or builds this.
let package = Package(
    name: "hotline-benchmarks",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(name: "hotline", path: ".."),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        .target(name: "CMachine"),
        .executableTarget(
            name: "hotline-benchmarks",
            dependencies: [
                "CMachine",
                .product(name: "ResponsesAPI", package: "hotline"),
                .product(name: "ResponsesEngine", package: "hotline"),
                .product(name: "ResponsesStore", package: "hotline"),
                .product(name: "ResponsesCore", package: "hotline"),
                .product(name: "ResponsesServer", package: "hotline"),
                .product(name: "OpenAICompatibleEngine", package: "hotline"),
                .product(name: "ScriptedEngine", package: "hotline"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: [
                .enableUpcomingFeature("ExistentialAny"),
                .enableUpcomingFeature("MemberImportVisibility"),
            ])
    ],
    swiftLanguageModes: [.v6]
)
