import Crypto
import ResponsesAPI
import ResponsesCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Seals with AES-GCM under a key of this process: what it sealed is readable until it ends, and nowhere else.
///
/// A version, the purpose and the owner are authenticated with the text: reasoning cannot pass for a compaction, and what one
/// client was given opens for no other.
public struct AESSealer: ContentSealer {
    private let key: SymmetricKey
    private static let version = "hl2."

    public init(key: SymmetricKey = SymmetricKey(size: .bits256)) { self.key = key }

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
