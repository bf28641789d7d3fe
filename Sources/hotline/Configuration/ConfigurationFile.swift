/// The configuration file as it was read: what stands in it, and where.
struct ConfigurationFile: Sendable, Hashable {
    var path: String
    /// By the names of `Setting`.
    var settings: [String: [GivenValue]] = [:]
    var engines: [EngineEntry] = []
    var models: [ModelEntry] = []
    var keys: [KeyEntry] = []

    /// What a person wrote is far smaller; a larger file is another one.
    static let bytesMax = 1 << 20
    static let name = "hotline.yaml"

    /// Reads the file that is named, or the first that is there.
    ///
    /// - Returns: nil when none is named and none is there.
    static func find(
        flag: String?, environment: (String) -> String?
    ) throws(Failure) -> (path: String, text: String)? {
        func set(_ name: String) -> String? { environment(name).flatMap { $0.isEmpty ? nil : $0 } }
        if let (path, source) = flag.map({ ($0, "--config") }) ?? set("HOTLINE_CONFIG").map({ ($0, "HOTLINE_CONFIG") }) {
            do {
                return (path, try TextFile.read(path, bytesMax: bytesMax))
            } catch {
                throw Failure(
                    message: "\(source): '\(path)' cannot be read: \(error.reason)", wayOut: "Name a file that is there, or leave it out.",
                    code: 66)
            }
        }
        let folder = set("XDG_CONFIG_HOME") ?? set("HOME").map { "\($0)/.config" }
        for path in ["./\(name)"] + (folder.map { ["\($0)/hotline/\(name)"] } ?? []) {
            do {
                return (path, try TextFile.read(path, bytesMax: bytesMax))
            } catch {
                if error.isMissing { continue }
                throw Failure(
                    message: "\(path) cannot be read: \(error.reason)", wayOut: "Correct it, or name another file with --config.", code: 66)
            }
        }
        return nil
    }

    /// The file as `serve` uses it: right, or the first thing that is wrong.
    static func load(flag: String?, environment: (String) -> String?) throws(Failure) -> ConfigurationFile? {
        guard let (path, text) = try find(flag: flag, environment: environment) else { return nil }
        let (file, problems) = ConfigurationReader.read(text, path: path)
        guard let first = problems.first else { return file }
        var failure = first.failure
        if problems.count > 1 { failure.wayOut += " ('hotline config check' lists all \(problems.count) problems.)" }
        throw failure
    }
}
