import LibC
import Synchronization

/// The random bits that ids are made of: from the system, many with one call, each given out once.
struct IDBits: ~Copyable {
    /// `getentropy` gives 256 bytes at most.
    private static let count = 32
    private static let shared = Mutex(IDBits())

    private var words = [UInt64](repeating: 0, count: IDBits.count)
    private var used = IDBits.count

    /// `prefix` and random hexadecimal digits, 16 for each word.
    static func id(_ prefix: StaticString, words: Int) -> String {
        let digits: StaticString = "0123456789abcdef"
        return shared.withLock { bits in
            String(unsafeUninitializedCapacity: prefix.utf8CodeUnitCount + 16 * words) { text in
                for index in 0..<prefix.utf8CodeUnitCount { text[index] = prefix.utf8Start[index] }
                var end = prefix.utf8CodeUnitCount
                for _ in 0..<words {
                    let word = bits.next()
                    for shift in stride(from: 60, through: 0, by: -4) {
                        text[end] = digits.utf8Start[Int(word >> UInt64(shift) & 15)]
                        end += 1
                    }
                }
                return end
            }
        }
    }

    private mutating func next() -> UInt64 {
        if used == words.count {
            words.withUnsafeMutableBytes { bytes in
                #if canImport(Darwin)
                arc4random_buf(bytes.baseAddress, bytes.count)
                #else
                // It is `getrandom` on Linux, and fails for wrong arguments only.
                precondition(getentropy(bytes.baseAddress!, bytes.count) == 0, "The system gave no random bytes.")
                #endif
            }
            used = 0
        }
        defer { used += 1 }
        return words[used]
    }
}
