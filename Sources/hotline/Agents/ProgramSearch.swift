import LibC

/// Finds programs as a shell does.
enum ProgramSearch {
    /// - Parameters:
    ///   - name: a path, or a name to look up in `path`.
    ///   - path: the variable `PATH`.
    /// - Returns: the program's path; nil when there is none that can be run.
    static func find(_ name: String, in path: String?) -> String? {
        if name.contains("/") { return isProgram(name) ? name : nil }
        for folder in (path ?? "").split(separator: ":", omittingEmptySubsequences: false) {
            // An empty one is the working directory.
            let place = "\(folder.isEmpty ? "." : folder)/\(name)"
            if isProgram(place) { return place }
        }
        return nil
    }

    private static func isProgram(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG && access(path, X_OK) == 0
    }
}
