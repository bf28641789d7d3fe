import ResponsesAPI

/// Members of a call that only its engine understands: signatures of what it thought before it called.
enum OpaqueMembers {
    /// Of one call. A signature has some kilobytes; what is larger is not given back.
    static let bytesMax = 64 << 10

    /// Whether a member beside a call's own may have to come back: an object of whatever name, or text that is a signature.
    ///
    /// Numbers, states and times are an engine's own account, which none reads back.
    static func isOne(_ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>) -> Bool {
        guard value.count > 2, value.count <= bytesMax else { return false }
        if value[0] == UInt8(ascii: "{") { return true }
        guard value[0] == UInt8(ascii: "\"") else { return false }
        return says("signature", name) || says("encrypted", name)
    }

    /// Whether a name has a word in it, in small letters or capitals. It is asked about each call's `type`, so no string is made.
    private static func says(_ word: StaticString, _ name: UnsafeBufferPointer<UInt8>) -> Bool {
        let size = word.utf8CodeUnitCount
        guard name.count >= size else { return false }
        return (0...name.count - size).contains { start in
            (0..<size).allSatisfy { name[start + $0] | 0x20 == word.utf8Start[$0] }
        }
    }

    /// Adds a member to others.
    static func append(_ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>, to members: inout [UInt8]) {
        guard members.count + name.count + value.count <= bytesMax else { return }
        if !members.isEmpty { members.append(UInt8(ascii: ",")) }
        members.append(UInt8(ascii: "\""))
        members.append(contentsOf: name)
        members.append(contentsOf: [UInt8(ascii: "\""), UInt8(ascii: ":")])
        members.append(contentsOf: value)
    }
}
