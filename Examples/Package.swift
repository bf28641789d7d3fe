// swift-tools-version: 6.2

import PackageDescription

// The examples as a package of its own, as a program of yours would be: `swift run example-agent`.
let package = Package(
    name: "examples",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "hotline", path: "..")],
    targets: [
        .executableTarget(
            name: "example-agent", dependencies: [.product(name: "ResponsesClient", package: "hotline")], path: "Agent")
    ],
    swiftLanguageModes: [.v6]
)
