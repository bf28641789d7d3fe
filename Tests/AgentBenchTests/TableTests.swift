import Testing

@testable import AgentBench

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
