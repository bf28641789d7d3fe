/// Ids of calls as engines take them.
enum CallIDs {
    /// What a chain's call is known by here, in tables: a hash of its id, which gives the same value in every process.
    static func key(_ id: String) -> UInt64 { FNV1a(id.utf8).value }

    /// The id on the wire: the engine's own ids stay as they are, where it takes them.
    ///
    /// An id that this server made becomes nine letters and digits for every engine, as some take no others and none
    /// refuses them. A pure function of its arguments, so calls and their outputs agree without a table.
    static func onWire(_ id: String, nine isNine: Bool) -> String {
        if fitsNine(id) { return id }
        return isNine || isMadeHere(id) ? nine(key(id)) : id
    }

    /// A new id.
    static func made() -> String { nine(UInt64.random(in: .min ... .max)) }

    static func fitsNine(_ id: String) -> Bool { id.utf8.count == 9 && id.utf8.allSatisfy { isLetterOrDigit($0) } }

    /// Whether an id has the form of those that responses are given for calls without one: `call_`, the letters and digits of
    /// the response, `_`, a number.
    private static func isMadeHere(_ id: String) -> Bool {
        guard id.utf8.count >= 32, id.hasPrefix("call_"), let last = id.utf8.lastIndex(of: UInt8(ascii: "_")) else { return false }
        let number = id.utf8[id.utf8.index(after: last)...]
        let stem = id.utf8[..<last].dropFirst(5)
        return stem.count >= 20 && stem.allSatisfy { isLetterOrDigit($0) } && !number.isEmpty
            && number.allSatisfy { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        default: false
        }
    }

    private static let letters = Array("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ".utf8)

    private static func nine(_ value: UInt64) -> String {
        // The last bits of this hash vary the least.
        var rest = value ^ value >> 32
        var bytes: [UInt8] = []
        for _ in 0..<9 {
            bytes.append(letters[Int(rest % 62)])
            rest /= 62
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
