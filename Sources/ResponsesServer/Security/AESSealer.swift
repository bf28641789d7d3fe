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
/// The purpose and a version are authenticated with the text, so that reasoning cannot pass for a compaction.
public struct AESSealer: ContentSealer {
    private let key: SymmetricKey
    private static let version = "hl1."

    public init(key: SymmetricKey = SymmetricKey(size: .bits256)) { self.key = key }

    public func seal(_ text: JSONText, as purpose: SealPurpose) -> String {
        // Sealing fails only for keys and nonces of wrong sizes; both are made here.
        let box = try? AES.GCM.seal(text.escaped, using: key, authenticating: Self.context(purpose))
        return Self.version + (box?.combined ?? Data()).base64EncodedString()
    }

    public func open(_ sealed: String, as purpose: SealPurpose) -> JSONText? {
        guard sealed.hasPrefix(Self.version),
            let bytes = Data(base64Encoded: String(sealed.dropFirst(Self.version.count))),
            let box = try? AES.GCM.SealedBox(combined: bytes),
            let text = try? AES.GCM.open(box, using: key, authenticating: Self.context(purpose))
        else { return nil }
        return JSONText(escapedSlice: Array(text)[...])
    }

    private static func context(_ purpose: SealPurpose) -> [UInt8] { Array((version + purpose.rawValue).utf8) }
}
