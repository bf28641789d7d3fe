import Crypto

/// The keys a server accepts. Only their digests are kept.
public struct APIKeys: Sendable {
    private let digests: [SHA256Digest]

    public init(_ keys: [String]) { digests = keys.map(Self.digest) }

    public var isEmpty: Bool { digests.isEmpty }

    /// The owner whose key this `Authorization` header carries; nil when it carries none of the keys.
    ///
    /// Every digest is compared, each in constant time, so that the time it takes says nothing about any key.
    public func owner(authorization: String?) -> Owner? {
        if digests.isEmpty { return .anybody }
        guard let authorization, let token = Self.bearerToken(authorization) else { return nil }
        let presented = Self.digest(token)
        var found: SHA256Digest?
        for digest in digests where digest == presented { found = digest }
        return found.map { Owner(kind: .key($0)) }
    }

    private static func bearerToken(_ header: String) -> String? {
        let parts = header.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
        return String(parts[1].drop { $0 == " " })
    }

    private static func digest(_ key: String) -> SHA256Digest { SHA256.hash(data: Array(key.utf8)) }
}
