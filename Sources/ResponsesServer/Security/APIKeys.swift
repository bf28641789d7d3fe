import Crypto
import ResponsesAPI

/// The keys a server accepts, and what each may do. Only their digests are kept.
public struct APIKeys: Sendable {
    private var owners: [(digest: [UInt8], owner: Owner)] = []
    private var rights: [Owner: KeyRights] = [:]

    /// Whether any key may store; false overrules what was said for each, and holds without keys, too.
    public var mayStore = true

    public init(_ keys: [String]) {
        for key in keys { add(key) }
    }

    public var isEmpty: Bool { owners.isEmpty }

    /// Accepts a further key.
    public mutating func add(_ key: String, rights: KeyRights = KeyRights()) { add(Self.digest(key), rights) }

    /// Accepts the key that has this SHA-256, in hexadecimal.
    ///
    /// - Returns: false, and nothing is changed, for a text that is not a SHA-256.
    public mutating func add(sha256 text: String, rights: KeyRights = KeyRights()) -> Bool {
        let digits = text.utf8.compactMap { Character(UnicodeScalar($0)).hexDigitValue }
        guard digits.count == 64, text.utf8.count == 64 else { return false }
        add(stride(from: 0, to: 64, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }, rights)
        return true
    }

    /// A key that whoever has a secret can make again, and nobody else (HKDF-SHA256), in hexadecimal.
    ///
    /// - Parameter purpose: makes another key of the same secret.
    public static func key(madeOf secret: [UInt8], for purpose: String) -> String {
        let key = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: SymmetricKey(data: secret), info: Array("api key: \(purpose)".utf8), outputByteCount: 32)
        return Owner(keyDigest: key.withUnsafeBytes { Array($0) }).rawValue
    }

    private mutating func add(_ digest: [UInt8], _ rights: KeyRights) {
        let owner = Owner(keyDigest: digest)
        owners.append((digest, owner))
        if rights != KeyRights() { self.rights[owner] = rights }
    }

    /// The owner whose key this `Authorization` header carries, or the header for a bare key; nil when none of the keys is there.
    ///
    /// Every digest is compared, each in constant time, so that the time it takes says nothing about any key.
    public func owner(authorization: String?, bare: String? = nil) -> Owner? {
        if owners.isEmpty { return .anybody }
        guard let token = authorization.flatMap(Self.bearerToken) ?? bare else { return nil }
        let presented = Self.digest(token)
        var found: Owner?
        for (digest, owner) in owners where Self.areEqual(digest, presented) { found = owner }
        return found
    }

    /// What an owner may do; everything, unless something else was said.
    func rights(of owner: Owner) -> KeyRights {
        var rights = rights[owner] ?? KeyRights()
        if !mayStore { rights.mayStore = false }
        return rights
    }

    /// The parts of owners who have one of their own.
    var memoryShares: [Owner: Double] { rights.compactMapValues(\.memoryShare) }

    private static func bearerToken(_ header: String) -> String? {
        let parts = header.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
        return String(parts[1].drop { $0 == " " })
    }

    private static func digest(_ key: String) -> [UInt8] { Array(SHA256.hash(data: Array(key.utf8))) }

    /// In constant time for digests, which are of one length.
    private static func areEqual(_ one: [UInt8], _ other: [UInt8]) -> Bool {
        zip(one, other).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
