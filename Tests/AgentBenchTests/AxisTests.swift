import Testing

@testable import AgentBench

struct AxisTests {
    @Test(arguments: [
        ([0.0, 97], [0, 20, 40, 60, 80, 100]), ([3, 10], [0, 2, 4, 6, 8, 10]), ([100, 1_001], [0, 500, 1_000, 1_500]),
        ([0], [0]),
    ] as [([Double], [Double])])
    func linearTicksAreRoundAndCoverTheValues(values: [Double], ticks: [Double]) {
        let axis = Axis(covering: values)
        #expect(!axis.isLogarithmic)
        if values != [0] { #expect(axis.ticks == ticks) }
        #expect(axis.place(0) == 0)
        #expect(axis.place(axis.ticks.last ?? 0) == 1)
    }

    @Test func valuesOfVeryDifferentSizeGetALogarithmicAxis() {
        let axis = Axis(covering: [184, 223, 3_884])
        #expect(axis.isLogarithmic)
        #expect(axis.ticks == [100, 200, 500, 1_000, 2_000, 5_000])
        #expect(axis.place(100) == 0)
        #expect(abs(axis.place(5_000) - 1) < 1e-9)
        // A tenth and ten times are as far apart everywhere.
        #expect(abs((axis.place(2_000) - axis.place(200)) - (axis.place(1_000) - axis.place(100))) < 1e-9)
        #expect(Axis(covering: [1, 1e6]).ticks.count <= 7)
    }
}
