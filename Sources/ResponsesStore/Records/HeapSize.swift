/// What values take on the heap beyond themselves, in bytes.
///
/// An allocation takes its bytes and one word of the allocator's, rounded up; an array uses what the rounding gave it, so
/// its capacity says it. Shared storage counts for whoever asks. `HeapSizeTests` holds this to the allocator's own figures.
package enum HeapSize {
    /// Header and count of an array's or string's storage, and the allocator's word.
    private static var headerBytes: Int { 40 }

    package static func array<Element>(_ array: [Element]) -> Int {
        array.capacity == 0 ? 0 : headerBytes + array.capacity * MemoryLayout<Element>.stride
    }

    package static func string(_ string: String) -> Int {
        // Fifteen bytes stand in the string itself.
        string.utf8.count <= 15 ? 0 : rounded(headerBytes + string.utf8.count + 1)
    }

    /// A dictionary without what its keys and values hold. It is between three and six eighths full when it grows.
    package static func dictionary<Key, Value>(_ dictionary: [Key: Value]) -> Int {
        guard dictionary.capacity > 0 else { return 0 }
        let places = dictionary.capacity * 4 / 3
        return headerBytes + 32 + places / 8 + places * (MemoryLayout<Key>.stride + MemoryLayout<Value>.stride)
    }

    package static func rounded(_ bytes: Int) -> Int { (max(bytes, 32) + 15) & ~15 }
}
