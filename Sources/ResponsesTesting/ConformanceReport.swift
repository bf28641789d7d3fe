/// What a contract's test looked at, and what it could not, with the reason.
public struct ConformanceReport: Sendable, Hashable {
    public var passed: [String] = []
    public var skipped: [String] = []

    public init() {}
}

extension ConformanceReport {
    typealias Check = (name: String, check: () async throws -> String?)

    /// Runs checks one after the other. Each returns nil, or why it could not be made.
    ///
    /// - Parameter sentence: what an error says that what is tested threw; nil for one that is not the contract's.
    /// - Throws: `ConformanceFailure` at the first rule that does not hold.
    init(of checks: [Check], contract: String, _ sentence: (any Error) -> String?) async throws {
        for (name, check) in checks {
            do {
                if let reason = try await check() {
                    skipped.append("\(name): \(reason)")
                } else {
                    passed.append(name)
                }
            } catch {
                guard let sentence = (error as? BrokenRule)?.sentence ?? sentence(error) else { throw error }
                throw ConformanceFailure(contract: contract, check: name, sentence: sentence)
            }
        }
    }
}
