import Testing

@testable import AgentBench

struct FiguresTests {
    @Test(arguments: [
        (0, "0.00 ms"), (0.417, "0.42 ms"), (9.34, "9.3 ms"), (9.96, "10 ms"), (618.4, "618 ms"), (999.6, "1.00 s"),
        (4_640, "4.64 s"), (12_961, "13.0 s"), (132_000, "132 s"),
    ])
    func durations(milliseconds: Double, text: String) { #expect(Figures.duration(milliseconds) == text) }

    @Test(arguments: [(0, "0 B"), (512, "512 B"), (9_300, "9.3 kB"), (128_000, "128 kB"), (3_421_000, "3.4 MB"), (250e6, "250 MB")])
    func bytes(bytes: Double, text: String) { #expect(Figures.bytes(bytes) == text) }

    @Test(arguments: [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567"), (-32_000, "-32,000")])
    func counts(count: Int, text: String) { #expect(Figures.count(count) == text) }

    @Test(arguments: [
        (0, "1970-01-01 00:00 UTC"), (951_782_400, "2000-02-29 00:00 UTC"), (1_795_490_312, "2026-11-24 03:18 UTC"),
        (1_735_689_599, "2024-12-31 23:59 UTC"),
    ])
    func dates(seconds: Int, text: String) { #expect(Figures.date(seconds) == text) }

    @Test(arguments: [(-0.5, 1, "-0.5"), (-0.04, 1, "0.0"), (1.005e3, 0, "1005"), (2.25, 1, "2.3")])
    func decimals(number: Double, places: Int, text: String) { #expect(Figures.decimal(number, places: places) == text) }
}
