import Testing

/// The C library has one name here, `LibC`. What it is called on each platform stands in that target only.
@Suite struct LibCTests {
    @Test("only LibC knows the platform's C library")
    func othersImportLibC() {
        let files = Repository.here.swift.filter { Self.isHeldToIt($0.file) }
        #expect(files.count > 200, "The sources were not found.")
        let others = files.flatMap { file in
            Self.lines(of: file.text).map { "\(file.file.path):\($0)" }
        }
        #expect(others.count == 0, "Import LibC instead:\n\(others.joined(separator: "\n"))")
    }

    /// The benchmarks are a package of their own, which sees products only.
    private static func isHeldToIt(_ file: Repository.File) -> Bool {
        if file.target == "LibC" { return false }
        return ["Sources/", "Tests/", "Examples/", "Fuzz/", "Benchmarks/Counts/"].contains { file.path.hasPrefix($0) }
    }

    /// Lines that import a platform's C library.
    static func lines(of text: SwiftText) -> [Int] {
        let imports = /\bimport (?:\w+ )?(?:Glibc|Musl|Darwin)(?!\w)/
        return text.code.enumerated().filter { $0.element.contains(imports) }.map { $0.offset + 1 }
    }

    @Test(arguments: [
        ("#if canImport(Glibc)\nimport Glibc\n#else\n@preconcurrency import Darwin\n#endif", [2, 4]),
        ("public import Musl\nimport struct Darwin.stat\nimport LibC", [1, 2]),
        ("import LibC\n// import Glibc\nlet a = \"import Glibc\"\n#if canImport(Darwin)\n#endif", []),
    ])
    func findsImports(_ source: String, _ expected: [Int]) {
        #expect(Self.lines(of: SwiftText(source)) == expected)
    }
}
