import LibC

/// A folder that goes with this value.
final class TemporaryFolder: Sendable {
    let path: String

    init() {
        var template = Array("/tmp/sqlite-store-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else { fatalError("No folder can be made in /tmp: \(errno)") }
        path = String(cString: made)
    }

    deinit { Self.remove(path) }

    /// A file in it.
    func file(_ name: String = "store.sqlite") -> String { "\(path)/\(name)" }

    var names: [String] { Self.names(of: path) }

    private static func names(of path: String) -> [String] {
        guard let folder = opendir(path) else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    private static func remove(_ path: String) {
        for name in names(of: path) {
            let file = "\(path)/\(name)"
            if unlink(file) != 0 { remove(file) }
        }
        rmdir(path)
    }
}
