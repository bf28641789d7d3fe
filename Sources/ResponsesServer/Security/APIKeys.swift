import Crypto
import ResponsesAPI

/// The keys a server accepts. Only their digests are kept.
public struct APIKeys: Sendable {
    private let owners: [(digest: SHA256Digest, owner: Owner)]

    public init(_ keys: [String]) {
        owners = keys.map { key in
            let digest = Self.digest(key)
            return (digest, Owner(keyDigest: digest))
        }
    }

    public var isEmpty: Bool { owners.isEmpty }

    /// The owner whose key this `Authorization` header carries; nil when it carries none of the keys.
    ///
    /// Every digest is compared, each in constant time, so that the time it takes says nothing about any key.
    public func owner(authorization: String?) -> Owner? {
        if owners.isEmpty { return .anybody }
        guard let authorization, let token = Self.bearerToken(authorization) else { return nil }
        let presented = Self.digest(token)
        var found: Owner?
        for (digest, owner) in owners where digest == presented { found = owner }
        return found
    }

    private static func bearerToken(_ header: String) -> String? {
        let parts = header.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
        return String(parts[1].drop { $0 == " " })
    }

    private static func digest(_ key: String) -> SHA256Digest { SHA256.hash(data: Array(key.utf8)) }
}
