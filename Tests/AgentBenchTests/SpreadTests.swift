import Testing

@testable import AgentBench

struct SpreadTests {
    @Test(arguments: [
        ([], Spread([0])),
        ([5], Spread([5, 5])),
    ] as [([Double], Spread)])
    func ends(values: [Double], spread: Spread) { #expect(Spread(values) == spread) }

    @Test(arguments: [
        ([1, 2], 1.25, 1.5, 1.75),
        ([3, 1, 2], 1.5, 2, 2.5),
        ([4, 1, 3, 2], 1.75, 2.5, 3.25),
        ([5, 1, 4, 2, 3], 2, 3, 4),
    ] as [([Double], Double, Double, Double)])
    func quartiles(values: [Double], q1: Double, median: Double, q3: Double) {
        let spread = Spread(values)
        #expect(spread.q1 == q1)
        #expect(spread.median == median)
        #expect(spread.q3 == q3)
        #expect(spread.min == values.min())
        #expect(spread.max == values.max())
    }
}
