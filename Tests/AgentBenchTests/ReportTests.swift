import Testing

@testable import AgentBench

#if canImport(FoundationXML)
import FoundationXML
#endif
import Foundation

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

struct TableTests {
    @Test func theTableFitsATerminalOf80Columns() {
        let text = ResultTable(SampleResult.made).text
        #expect(text.split(separator: "\n", omittingEmptySubsequences: false).allSatisfy { $0.count <= 80 })
        for title in Way.allCases.map(\.title) { #expect(text.contains(title)) }
        #expect(text.contains("  with 8.20 s of warmup"))
    }

    @Test func theRowsSayWhatWasSaved() throws {
        let result = SampleResult.made
        let rows = ResultTable(result).text.split(separator: "\n")
        let row = try #require(rows.first { $0.hasPrefix("WebSocket  ") })
        #expect(row.contains(Figures.percent(result.ways[2].savedPercent)))
        #expect(row.contains(Figures.duration(result.ways[2].totalMs.median)))
    }

    @Test func theHeadlineCountsNoWarmup() {
        let result = SampleResult.made
        let words = ResultWords(result: result)
        #expect(words.headline.contains("by HTTP with full history"))
        #expect(!words.headline.contains("warmup"))
        #expect(words.warmUp?.contains("8.20 s") == true)
    }

    @Test(arguments: [(40.0, "That is 40 % less time."), (-3, "That is 3 % more time."), (0.2, "That is the same.")])
    func savings(percent: Double, text: String) { #expect(ResultWords.saved(percent) == text) }

    @Test func whatWentOtherwiseIsSaid() {
        var result = SampleResult.made
        #expect(!ResultTable(result).text.contains("Note:"))
        result.ways[1].fullResends = 3
        result.ways[2].turnsWithoutCall = 1
        result.ways[3].resends = 1
        let warnings = ResultWords(result: result).warnings
        #expect(warnings.count == 3)
        #expect(warnings[0].contains("3 turns had to send the whole conversation"))
        #expect(warnings[1].contains("1 turn had to be sent again"))
        #expect(warnings[2].contains("In 1 turn of all ways together the model called no tool"))
    }

    @Test func oneWayIsNotCompared() {
        var result = SampleResult.made
        result.ways = [result.ways[3]]
        #expect(!ResultTable(result).text.contains("less time"))
    }

    @Test func theProgressBarFitsItsLine() {
        for done in [0, 1, 40, 504] {
            let progress = BenchProgress(way: .httpContinued, repetition: done == 0 ? -1 : 4, repetitions: 5, turnsDone: done, turns: 504)
            let line = ProgressBar().line(progress, elapsed: .seconds(1_000))
            #expect(line.count <= 79, "\(line)")
        }
        let half = BenchProgress(way: .webSocket, repetition: 1, repetitions: 3, turnsDone: 50, turns: 100)
        #expect(
            ProgressBar().line(half, elapsed: .seconds(20))
                == "[###############...............]  50 %  websocket 2/3  20 s left")
    }
}

struct PageTests {
    @Test func thePageIsWellFormed() {
        let parser = XMLParser(data: Data(HTMLReport(SampleResult.made).html.utf8))
        #expect(parser.parse(), "\(String(describing: parser.parserError))")
    }

    @Test func thePageNeedsNothingElse() {
        let html = HTMLReport(SampleResult.made).html
        for word in ["<script", "<link", "<img", "<iframe", "url(", "@import", "src=", "href=", "https:"] {
            #expect(!html.contains(word), "\(word)")
        }
        // The one address is the name of SVG's vocabulary, which nobody fetches.
        #expect(html.replacing("http://www.w3.org/2000/svg", with: "").contains("http:") == false)
    }

    @Test func whatOthersNamedIsEscaped() {
        var result = SampleResult.made
        result.server = .init(url: "http://host/<script>", model: #""><img src=x onerror='alert(1)'>&"#)
        let html = HTMLReport(result).html
        #expect(!html.contains("<img"))
        #expect(!html.contains("<script"))
        #expect(html.contains("&quot;&gt;&lt;img"))
        #expect(XMLParser(data: Data(html.utf8)).parse())
    }

    @Test func aPageOfOneTurnAndOneWay() {
        var result = SampleResult.made
        result.ways = [result.ways[0]]
        result.ways[0].turns = [result.ways[0].turns[0]]
        let html = HTMLReport(result).html
        #expect(XMLParser(data: Data(html.utf8)).parse())
        #expect(!html.contains("nan"))
    }
}
