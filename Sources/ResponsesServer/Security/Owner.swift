import Crypto

/// Who makes a request. Responses belong to their owner.
public struct Owner: Hashable, Sendable {
    enum Kind: Hashable, Sendable {
        case anybody
        case key(SHA256Digest)
    }

    let kind: Kind

    /// The one owner of a server without keys.
    public static let anybody = Owner(kind: .anybody)

    /// A short name for the log; nil for anybody.
    var digest: String? {
        switch kind {
        case .anybody: nil
        case .key(let digest): OwnerDigest.short(digest)
        }
    }
}
