import Testing

/// Arrows between the folders of a target go one way, as those between targets do.
@Suite struct FolderTests {
    /// A folder of a target, and the folders of that target whose types it may name besides its own.
    struct Rule {
        var target: String
        /// Under the target's; empty for files that stand in none.
        var folder: String
        var mayName: Set<String>
    }

    private static let rules = [
        // What a program begins with puts all together.
        Rule(target: "ResponsesClient", folder: "", mayName: ["Agent", "Line", "Tools", "Transport", "Shared"]),
        Rule(target: "ResponsesClient", folder: "Agent", mayName: ["Line", "Tools", "Shared"]),
        Rule(target: "ResponsesClient", folder: "Line", mayName: ["Tools", "Transport", "Shared"]),
        Rule(target: "ResponsesClient", folder: "Tools", mayName: ["Shared"]),
        Rule(target: "ResponsesClient", folder: "Transport", mayName: ["Shared"]),
        Rule(target: "ResponsesClient", folder: "Shared", mayName: []),

        Rule(target: "ResponsesWebSocket", folder: "Upgrade", mayName: ["Socket"]),
        Rule(target: "ResponsesWebSocket", folder: "Socket", mayName: ["Frames"]),
        Rule(target: "ResponsesWebSocket", folder: "Frames", mayName: []),
    ]

    /// A file as these checks see it.
    struct Placed {
        var folder: String
        var path: String
        var text: SwiftText
    }

    @Test("folders name types of the folders below them only", arguments: Set(rules.map(\.target)).sorted())
    func arrowsGoOneWay(target: String) {
        let files = Self.files(of: target)
        let rules = Self.rules.filter { $0.target == target }
        let folders = Set(files.map(\.folder))
        #expect(folders == Set(rules.map(\.folder)), "Each folder has a rule, and each rule a folder.")
        let wrong = Self.forbidden(files, Dictionary(uniqueKeysWithValues: rules.map { ($0.folder, $0.mayName) }))
        #expect(wrong.count == 0, "Types of folders that are not below:\n\(wrong.joined(separator: "\n"))")
    }

    @Test("the rules have no circle", arguments: Set(rules.map(\.target)).sorted())
    func rulesHaveNoCircle(target: String) {
        let rules = Self.rules.filter { $0.target == target }
        var left = Dictionary(uniqueKeysWithValues: rules.map { ($0.folder, $0.mayName) })
        while let lowest = left.first(where: { $0.value.isDisjoint(with: left.keys) }) { left[lowest.key] = nil }
        #expect(left.isEmpty, "These folders may name each other: \(left.keys.sorted())")
    }

    private static func files(of target: String) -> [Placed] {
        Repository.here.swift.filter { $0.file.target == target }.map { file in
            let parts = file.file.path.split(separator: "/")
            return Placed(folder: parts.count > 3 ? String(parts[2]) : "", path: file.file.path, text: file.text)
        }
    }

    /// Where a file names a type that stands in a folder it may not name, as `path:line: type of folder`.
    static func forbidden(_ files: [Placed], _ mayName: [String: Set<String>]) -> [String] {
        var folders: [Substring: String] = [:]
        for file in files { for type in TopLevelType.all(in: file.text) { folders[Substring(type.name)] = file.folder } }
        return files.flatMap { file in
            file.text.code.enumerated().flatMap { index, line in
                names(in: line).compactMap { name -> String? in
                    guard let folder = folders[name], folder != file.folder else { return nil }
                    if mayName[file.folder]?.contains(folder) ?? false { return nil }
                    return "\(file.path):\(index + 1): \(name) of \(folder.isEmpty ? "the target" : folder)"
                }
            }
        }
    }

    /// Words that can be names of types of this target. Behind a dot stands a member, or a type within another.
    private static func names(in line: String) -> [Substring] {
        line.matches(of: /\.?[A-Za-z_][A-Za-z_0-9]*/).map(\.0).filter { $0.first?.isUppercase ?? false }
    }

    // MARK: The check itself

    @Test(arguments: [
        ("struct A { var b: B }", "struct B {}", ["a: B of Low"], []),
        ("struct A {}", "struct B { func f(_ a: [A?]) {} }", [], ["b: A of High"]),
        ("struct A {}", "struct B {}\nextension A {}", [], ["b: A of High"]),
        ("struct A {}", "// A\nstruct B { let text = \"A\"; let c: C.A }", [], []),
        ("private struct A {}", "private struct A {}\nlet a = A()", [], []),
    ])
    func findsNames(_ high: String, _ low: String, _ ofHigh: [String], _ ofLow: [String]) {
        let files = [
            Placed(folder: "High", path: "a", text: SwiftText(high)), Placed(folder: "Low", path: "b", text: SwiftText(low)),
        ]
        func withoutLines(_ found: [String]) -> [String] { found.map { $0.replacing(/:[0-9]+:/) { _ in ":" } } }
        #expect(withoutLines(Self.forbidden(files, [:])) == ofHigh + ofLow)
        #expect(withoutLines(Self.forbidden(files, ["High": ["Low"]])) == ofLow)
    }
}
