/// Where a secret is kept: it does not stand in the configuration file, which is copied, shown and put under version control.
struct SecretReference: Sendable, Hashable {
    enum Kept: Sendable, Hashable {
        case variable(String)
        case file(String)
        /// The SHA-256 of a key, which is enough to know it again.
        case sha256(String)
    }

    var kept: Kept
    var place: FilePlace

    /// For people.
    var description: String {
        switch kept {
        case .variable(let name): "from the variable \(name)"
        case .file(let path): "from the file \(path)"
        case .sha256: "known by its SHA-256"
        }
    }

    /// The secret; nil for one that is known by its hash only.
    func value(_ environment: (String) -> String?) throws(Failure) -> String? {
        switch kept {
        case .sha256: return nil
        case .variable(let name):
            guard let value = environment(name), !value.isEmpty else {
                throw ConfigurationProblem(place: place, message: "the variable \(name) is not set", wayOut: "Set it, or name another.").failure
            }
            return value
        case .file(let path):
            let text: String
            do {
                text = try TextFile.read(path, bytesMax: Self.bytesMax)
            } catch {
                throw ConfigurationProblem(
                    place: place, message: "the file \(path) cannot be read: \(error.reason)", wayOut: "Name a file that holds the key and nothing else.").failure
            }
            let key = text.split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
            guard !key.isEmpty else {
                throw ConfigurationProblem(
                    place: place, message: "the file \(path) is empty", wayOut: "Write the key into its first line.").failure
            }
            return key
        }
    }

    /// Keys are lines; what is larger is another file.
    private static let bytesMax = 64 << 10
}
