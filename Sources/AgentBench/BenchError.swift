/// Why a measurement cannot be made: one sentence, and what to do about it.
///
/// A program that reads its settings from somewhere can say where: the error names the settings, not how they were given.
public struct BenchError: Error, Hashable, Sendable {
    /// The setting that is wrong; nil when no single one is.
    public var setting: BenchSetting?
    /// Without a full stop.
    public var message: String
    /// Without a full stop.
    public var wayOut: String
    /// The settings to change for the way out, besides `setting`.
    public var remedies: [BenchSetting]

    public init(
        setting: BenchSetting? = nil, _ message: String, wayOut: String, changing remedies: [BenchSetting] = []
    ) {
        self.setting = setting
        self.message = message
        self.wayOut = wayOut
        self.remedies = remedies
    }
}

extension BenchError: CustomStringConvertible {
    public var description: String {
        let place = setting.map { "\($0.rawValue): " } ?? ""
        let means = remedies.isEmpty ? "" : " (\(remedies.map(\.rawValue).joined(separator: ", ")))"
        return "\(place)\(message). \(wayOut)\(means)."
    }
}
