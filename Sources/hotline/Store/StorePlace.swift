/// Where stored responses are kept, as the setting `store` says it.
enum StorePlace: Sendable, Hashable {
    case memory
    /// One file; nil for the one in the state folder.
    case file(path: String?)

    init(_ given: GivenValue) throws(Failure) {
        let parts = given.text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        switch (parts[0].lowercased(), parts.count > 1 ? parts[1] : nil) {
        case ("memory", nil): self = .memory
        case ("sqlite", nil): self = .file(path: nil)
        // Names that SQLite would not take for a file's are no paths here.
        case ("sqlite", let path?) where !path.isEmpty && !path.hasPrefix(":") && !path.hasPrefix("file:") && !path.hasSuffix("/"):
            self = .file(path: path)
        default:
            throw .wrong(
                given.source, "'\(given.text)' is not a place for responses", "Write sqlite, sqlite:PATH or memory.")
        }
    }
}
