import LibC
import Testing

@testable import hotline

/// Files that are there whole or not at all.
@Suite struct NewFileTests {
    /// A folder of its own, removed afterwards.
    private func inFolder(_ body: (String) throws -> Void) throws {
        let folder = "/tmp/hotline-new-file-\(UInt64.random(in: 0...UInt64.max))"
        try #require(mkdir(folder, 0o700) == 0)
        defer {
            for name in names(in: folder) { unlink("\(folder)/\(name)") }
            rmdir(folder)
        }
        try body(folder)
    }

    private func names(in folder: String) -> [String] {
        guard let directory = opendir(folder) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    @Test func itIsTheOwnersAlone() throws {
        try inFolder { folder in
            try NewFile.write("text\n", to: "\(folder)/a", replaces: false)
            #expect(try TextFile.read("\(folder)/a", bytesMax: 100) == "text\n")
            #expect(fileMode("\(folder)/a") == 0o600)
            #expect(names(in: folder) == ["a"], "no draft is left")
        }
    }

    @Test func whatIsThereStays() throws {
        try inFolder { folder in
            try NewFile.write("mine", to: "\(folder)/a", replaces: false)
            let failure = try #require(throws: Failure.self) { try NewFile.write("yours", to: "\(folder)/a", replaces: false) }
            #expect(failure.code == 73 && failure.message == "'\(folder)/a' is there already" && failure.wayOut.contains("--force"))
            #expect(try TextFile.read("\(folder)/a", bytesMax: 100) == "mine")
            try NewFile.write("yours", to: "\(folder)/a", replaces: true)
            #expect(try TextFile.read("\(folder)/a", bytesMax: 100) == "yours")
            #expect(names(in: folder) == ["a"])
        }
    }

    @Test(arguments: ["/no/such/folder/file", ""])
    func aWrongPathIsNamed(_ path: String) throws {
        let failure = try #require(throws: Failure.self) { try NewFile.write("x", to: path, replaces: true) }
        #expect(failure.message.hasPrefix("cannot write '\(path)': ") && failure.code == 73)
    }
}
