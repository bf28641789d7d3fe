import Crypto
import ResponsesAPI
import ResponsesCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Seals with AES-GCM: what it sealed opens wherever the key is, or what the key is made of.
///
/// A version, the purpose and the owner are authenticated with the text: reasoning cannot pass for a compaction, and what one
/// client was given opens for no other.
public struct AESSealer: ContentSealer {
    private let key: SymmetricKey
    private static let version = "hl2."

    /// With a key of this process: what it seals opens until it ends, and nowhere else.
    public init() { key = SymmetricKey(size: .bits256) }

    /// With the key that a secret makes (HKDF-SHA256): the same on every server that has the secret.
    ///
    /// - Parameter secret: bytes that cannot be guessed.
    public init(secret: [UInt8]) {
        key = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: SymmetricKey(data: secret), info: Array("\(Self.version)sealing key".utf8), outputByteCount: 32)
    }

    public func seal(_ text: JSONText, as purpose: SealPurpose, for owner: Owner) -> String {
        // Sealing fails only for keys and nonces of wrong sizes; both are made here.
        let box = try? AES.GCM.seal(text.escaped, using: key, authenticating: Self.context(purpose, owner))
        return Self.version + (box?.combined ?? Data()).base64EncodedString()
    }

    public func open(_ sealed: String, as purpose: SealPurpose, for owner: Owner) -> JSONText? {
        guard sealed.hasPrefix(Self.version),
            let bytes = Data(base64Encoded: String(sealed.dropFirst(Self.version.count))),
            let box = try? AES.GCM.SealedBox(combined: bytes),
            let text = try? AES.GCM.open(box, using: key, authenticating: Self.context(purpose, owner))
        else { return nil }
        return JSONText(escapedSlice: Array(text)[...])
    }

    /// No purpose has a colon, so no other purpose and owner read the same.
    private static func context(_ purpose: SealPurpose, _ owner: Owner) -> [UInt8] {
        Array("\(version)\(purpose.rawValue):\(owner.rawValue)".utf8)
    }
}
