/// The hash FNV-1a of 64 bits, byte by byte. A byte costs a multiplication, and the value is the same in every process.
///
/// For what nobody forges, or where a forged value hurts only who forged it.
struct FNV1a: Sendable, Hashable {
    private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

    init() {}

    init(_ bytes: some Sequence<UInt8>) { add(bytes) }

    mutating func add(_ byte: UInt8) { value = (value ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }

    mutating func add(_ bytes: some Sequence<UInt8>) { for byte in bytes { add(byte) } }

    /// Sets what follows apart from the same bytes without this.
    mutating func mark() { value ^= 0x80 }
}
