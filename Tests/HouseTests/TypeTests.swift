import Testing

/// A type is found by its name: in the file called so, and in one target only.
@Suite struct TypeTests {
    private let sources = Repository.here.swift.filter { $0.file.target != nil }

    @Test("types are in files of their name")
    func filesAreNamedAfterTheirTypes() {
        #expect(sources.count > 100, "The sources were not found.")
        let misplaced = sources.flatMap { file in
            Self.misplaced(TopLevelType.all(in: file.text), in: file.file.name).map {
                "\(file.file.path):\($0.line): \($0.name)"
            }
        }
        #expect(misplaced.count == 0, "Types in files of another name:\n\(misplaced.joined(separator: "\n"))")
    }

    /// Names that two targets share on purpose: the client's lanes and turns are the other end of the server's.
    private static let sharedWithClient: Set<String> = ["Turn", "Lane"]

    @Test("no two targets have types of one name")
    func namesAreUnique() {
        let all = sources.flatMap { file in
            TopLevelType.all(in: file.text).map { (name: $0.name, target: file.file.target ?? "") }
        }
        let shared = Self.shared(all).filter { name, targets in
            !(Self.sharedWithClient.contains(name) && targets.count == 2 && targets.contains("ResponsesClient"))
        }
        let lines = shared.map { "\($0.key): \($0.value.sorted().joined(separator: ", "))" }.sorted()
        #expect(lines.count == 0, "Names of more than one target:\n\(lines.joined(separator: "\n"))")
    }

    /// Types that do not belong into a file: `Foo.swift` holds `Foo`, `Foo+Bar.swift` and `main.swift` hold none.
    static func misplaced(_ types: [TopLevelType], in file: String) -> [TopLevelType] {
        let name = file.dropLast(".swift".count)
        return name == "main" ? [] : types.filter { $0.name != name }
    }

    /// Names with more than one target, and these.
    static func shared(_ types: [(name: String, target: String)]) -> [String: Set<String>] {
        var targets: [String: Set<String>] = [:]
        for type in types { targets[type.name, default: []].insert(type.target) }
        return targets.filter { $0.value.count > 1 }
    }

    // MARK: The scanner itself

    @Test(arguments: [
        ("public final class A<T>: @unchecked Sendable {\n    struct Inner {}\n}\nstruct B {}", ["A", "B"]),
        ("package struct A: Sendable {}\npackage enum `B` { case b }", ["A", "B"]),
        ("@available(macOS 15, *)\n@dynamicMemberLookup\npublic struct A {\n}\n", ["A"]),
        ("@MainActor final class A {}\nindirect enum B {}\nactor C {}\npublic protocol D: AnyObject {}", ["A", "B", "C", "D"]),
        ("private struct A {}\nfileprivate final class B {}\nprivate\nstruct C {}\nextension D { struct E {} }", []),
        ("let text = \"\"\"\n    struct A {\n    \"\"\"\n// struct B {\n/* enum C {} */\nstruct D {}", ["D"]),
        ("let brace = \"{\"\nlet nested = \"\\(f(\"}\"))\"\nstruct A {}", ["A"]),
        ("#if os(Linux)\nstruct A {}\n#else\nprivate enum B {}\n#endif\nfunc f(\n    a: Int\n) {}\nenum C {}", ["A", "C"]),
        ("private let a = 1\nstruct B {}\nnonisolated struct C {}", ["B", "C"]),
    ])
    func findsTypes(_ source: String, _ expected: [String]) {
        #expect(TopLevelType.all(in: SwiftText(source)).map(\.name) == expected)
    }

    @Test(arguments: [
        ("Foo.swift", ["Foo"], []), ("Foo.swift", ["Foo", "Bar"], ["Bar"]), ("Foo+Bar.swift", ["Bar"], ["Bar"]),
        ("Foo+Bar.swift", [], []), ("main.swift", ["Anything"], []),
    ])
    func findsMisplacedTypes(_ file: String, _ names: [String], _ expected: [String]) {
        #expect(Self.misplaced(names.map { TopLevelType(name: $0, line: 1) }, in: file).map(\.name) == expected)
    }

    @Test func findsSharedNames() {
        let shared = Self.shared([("A", "One"), ("A", "Two"), ("B", "One"), ("B", "One")])
        #expect(shared == ["A": ["One", "Two"]])
    }
}
