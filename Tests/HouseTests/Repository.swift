import Foundation

/// The repository's files, found from this file.
struct Repository: Sendable {
    struct File: Sendable {
        /// From the root, such as `Sources/ResponsesAPI/Identifiers.swift`.
        var path: String
        var text: String

        var name: String { String(path.split(separator: "/").last ?? "") }
        var isSwift: Bool { path.hasSuffix(".swift") }
        var isMarkdown: Bool { path.hasSuffix(".md") }
        /// The folder under `Sources`; nil elsewhere.
        var target: String? {
            let parts = path.split(separator: "/")
            return parts.count > 2 && parts[0] == "Sources" ? String(parts[1]) : nil
        }
    }

    /// One file of Swift and its parts, which several checks need.
    struct SwiftFile: Sendable {
        var file: File
        var text: SwiftText
    }

    /// Read once.
    static let here = Repository(root: String(#filePath.split(separator: "/").dropLast(3).joined(separator: "/")))

    let files: [File]
    let swift: [SwiftFile]

    /// Folders with code; Markdown files stand elsewhere too.
    private static let folders: Set<Substring> = ["Sources", "Tests", "Benchmarks", "Fuzz", "Examples", "docs"]
    private static let endings = [".swift", ".md", ".py", ".sh"]

    private init(root: String) {
        let root = URL(fileURLWithPath: "/" + root, isDirectory: true)
        var files: [File] = []
        let paths = FileManager.default.enumerator(atPath: root.path(percentEncoded: false))
        while let path = paths?.nextObject() as? String {
            let parts = path.split(separator: "/")
            // Builds, tools and links are not the repository's own text.
            let isOther = parts.count == 1 && !Self.folders.contains(parts[0]) && !path.hasSuffix(".md")
            if isOther || parts.contains(where: { $0.hasPrefix(".") }) {
                paths?.skipDescendants()
                continue
            }
            guard Self.endings.contains(where: path.hasSuffix),
                let text = try? String(contentsOf: root.appending(path: path), encoding: .utf8)
            else { continue }
            files.append(File(path: path, text: text))
        }
        self.files = files.sorted { $0.path < $1.path }
        swift = self.files.filter(\.isSwift).map { SwiftFile(file: $0, text: SwiftText($0.text)) }
    }

    func file(_ path: String) -> File? { files.first { $0.path == path } }
}

extension Repository.File {
    /// The checks' own examples are wrong on purpose.
    var isOfHouseTests: Bool { path.hasPrefix("Tests/HouseTests/") }

    /// Paragraphs of a file that is not Swift.
    var paragraphs: [Passage] {
        var passages: [Passage] = []
        var passage = Passage()
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let words = line.split(separator: " ").joined(separator: " ")
            if words.isEmpty {
                if !passage.isEmpty { passages.append(passage) }
                passage = Passage()
            } else {
                passage.append(words, line: index + 1)
            }
        }
        return passage.isEmpty ? passages : passages + [passage]
    }
}
