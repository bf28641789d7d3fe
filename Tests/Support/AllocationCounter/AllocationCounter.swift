import CAllocationCounter

/// Counts what a piece of work takes of the allocator, on the thread that runs it: how work grows can be counted where a
/// time could only be guessed.
///
///     @Test(.enabled(if: AllocationCounter.works)) func foldingIsLinear() throws {
///         #expect(try AllocationCounter.growth(from: 500) { try fold(items: $0) } < 4.5)
///     }
///
/// Work must not change threads in between: no `await`. It works with glibc and without sanitizers; elsewhere such tests
/// are left out.
public enum AllocationCounter {
    /// What a piece of work took.
    public struct Counts: Sendable {
        /// How often it asked for memory.
        public var calls: Int
        /// How many bytes it was given, in all: what is copied again and again counts again and again.
        public var taken: Int
        /// How many of them it still holds; negative when it freed what was there before.
        public var held: Int
    }

    /// Whether anything is counted here.
    public static let works = allocation_counter_works()

    /// Runs `body` and counts. What it returns is still held then.
    public static func count<R>(_ body: () throws -> R) rethrows -> (result: R, counts: Counts) {
        let before = (allocation_counter_calls(), allocation_counter_taken(), allocation_counter_returned())
        let result = try body()
        let taken = Int(allocation_counter_taken() - before.1)
        let returned = Int(allocation_counter_returned() - before.2)
        return (result, Counts(calls: Int(allocation_counter_calls() - before.0), taken: taken, held: taken - returned))
    }

    /// How many times the bytes that work of a size takes four times that size takes: 4 when it is linear, 16 when it is
    /// quadratic.
    ///
    /// Four is two doublings, so that arrays that grow by doubling are at the same place of their growth at both sizes.
    public static func growth<R>(from size: Int, _ work: (_ size: Int) throws -> R) rethrows -> Double {
        // Whatever is made once and kept is made here.
        _ = try work(4)
        let small = try count { try work(size) }.counts.taken
        let large = try count { try work(4 * size) }.counts.taken
        return Double(large) / Double(max(small, 1))
    }
}
