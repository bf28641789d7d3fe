import LibC
import ResponsesClient

/// A folder that no path leads out of: no `..`, no absolute path and no symbolic link.
///
/// Each part of a path is opened from the one before without following links, so a link that is put there meanwhile is
/// not followed either.
struct ConfinedFolder: Sendable {
    /// Without symbolic links itself.
    let root: String

    init(_ path: String) throws(ToolFailure) {
        guard let real = realpath(path, nil) else { throw ToolFailure("'\(path)' is not a directory") }
        root = String(cString: real)
        free(real)
        var info = stat()
        guard stat(root, &info) == 0, info.st_mode & S_IFMT == S_IFDIR else { throw ToolFailure("'\(path)' is not a directory") }
    }

    /// The names on the way from the root.
    ///
    /// - Throws: `ToolFailure` when the path leads out.
    func parts(of path: String) throws(ToolFailure) -> [String] {
        guard !path.utf8.contains(0), path.utf8.count <= 4096 else { throw ToolFailure("the path is not valid") }
        var rest = path[...]
        if path.hasPrefix("/") {
            let prefix = root == "/" ? "/" : root + "/"
            guard path == root || path.hasPrefix(prefix) else { throw outside(path) }
            rest = path.dropFirst(root.count)
        }
        var parts: [String] = []
        for part in rest.split(separator: "/") {
            switch part {
            case ".": break
            case "..":
                guard parts.popLast() != nil else { throw outside(path) }
            default: parts.append(String(part))
            }
        }
        return parts
    }

    private func outside(_ path: String) -> ToolFailure {
        ToolFailure("'\(path)' is outside of \(root); only paths inside it can be used")
    }

    /// Lends the directory that holds `path`, and the last name of it; "." for the root itself.
    func withParent<R>(
        of path: String, creating: Bool = false, _ body: (Int32, String) throws(ToolFailure) -> R
    ) throws(ToolFailure) -> R {
        var parts = try parts(of: path)
        let name = parts.popLast() ?? "."
        var directory = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { throw ToolFailure("'\(root)' cannot be opened: \(Self.reason())") }
        defer { close(directory) }
        for part in parts {
            if creating { mkdirat(directory, part, 0o777) }
            let next = openat(directory, part, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
            guard next >= 0 else { throw ToolFailure("'\(path)': '\(part)' cannot be opened: \(Self.reason())") }
            close(directory)
            directory = next
        }
        return try body(directory, name)
    }

    /// Lends an open file or directory.
    func withOpen<R>(_ path: String, _ flags: Int32, _ body: (Int32) throws(ToolFailure) -> R) throws(ToolFailure) -> R {
        try withParent(of: path) { (directory, name) throws(ToolFailure) in
            // Not blocking: opening a named pipe would wait for its writer.
            let file = openat(directory, name, flags | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
            guard file >= 0 else { throw ToolFailure("'\(path)' cannot be opened: \(Self.reason())") }
            defer { close(file) }
            return try body(file)
        }
    }

    static func reason() -> String {
        switch errno {
        case ENOENT: "there is no such file or directory"
        case EACCES, EPERM: "permission denied"
        // What O_NOFOLLOW reports for a symbolic link, unless O_DIRECTORY comes first.
        case ELOOP: "symbolic links are not followed"
        case ENOTDIR: "it is not a directory, or it is a symbolic link, which is not followed"
        case EISDIR: "it is a directory"
        case ENOSPC: "no space is left"
        case EEXIST: "it exists already"
        case let code: String(cString: strerror(code))
        }
    }
}
