/// Random numbers that spread the waits of clients. The same seed gives the same numbers.
struct JitterSource {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    /// A number from 0 up to 1 (SplitMix64).
    mutating func next() -> Double {
        state &+= 0x9E37_79B9_7F4A_7C15
        var bits = state
        bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
        bits ^= bits >> 31
        return Double(bits >> 11) / Double(1 << 53)
    }
}
