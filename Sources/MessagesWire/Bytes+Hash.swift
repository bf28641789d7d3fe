extension Sequence<UInt8> {
    /// FNV-1a: the same in every process.
    var shortHash: UInt64 { reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 } }
}
