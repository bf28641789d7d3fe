/// A member's name while it is scanned: compared with known names as bytes, so that reading a field allocates nothing.
///
/// Lives as long as the bytes of its scanner, which is as long as the closure that gets it.
package struct JSONKey {
    private let bytes: UnsafeBufferPointer<UInt8>
    /// The name when it was written with escapes, which the grammar allows and no client does.
    private let decoded: String?
    private let hasEscapes: Bool

    init(bytes: UnsafeBufferPointer<UInt8>, decoded: String?) {
        self.bytes = bytes
        self.decoded = decoded
        hasEscapes = decoded != nil
    }

    /// The name as a string.
    package var string: String { decoded ?? String(decoding: bytes, as: UTF8.self) }

    /// For `switch`: `case "type":`. The pattern has no characters that JSON escapes.
    ///
    /// Inlined as far as the length, which distinguishes nearly all names of a request: its switch has thirty cases.
    @inline(__always)
    package static func ~= (name: StaticString, key: borrowing JSONKey) -> Bool {
        (key.bytes.count == name.utf8CodeUnitCount || key.hasEscapes) && key.isEqual(to: name)
    }

    @inline(never)
    private borrowing func isEqual(to name: StaticString) -> Bool {
        if let decoded { return decoded == "\(name)" }
        guard bytes.count == name.utf8CodeUnitCount else { return false }
        for index in 0..<bytes.count where bytes[index] != name.utf8Start[index] { return false }
        return true
    }
}

extension [UInt8] {
    /// Runs `body` with a scanner over these bytes.
    package func scanned<R, E: Error>(_ body: (inout JSONScanner) throws(E) -> R) throws(E) -> R {
        try scanned(0..<count, body)
    }

    /// Runs `body` with a scanner over a part of these bytes.
    package func scanned<R, E: Error>(
        _ range: Range<Int>, _ body: (inout JSONScanner) throws(E) -> R
    ) throws(E) -> R {
        // The buffer's closure cannot carry a typed error through, so the result does.
        let result: Result<R, E> = withUnsafeBufferPointer { buffer in
            var scanner = JSONScanner(UnsafeBufferPointer(rebasing: buffer[range]))
            do throws(E) {
                return .success(try body(&scanner))
            } catch {
                return .failure(error)
            }
        }
        // Without a copy, which `get` makes.
        switch consume result {
        case .success(let value): return value
        case .failure(let error): throw error
        }
    }
}
