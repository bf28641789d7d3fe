/// A result as one page that needs nothing else: style and drawings are in it, and no script.
///
/// It follows the reader's choice of light or dark, and prints in light.
public struct HTMLReport: Sendable {
    private let words: ResultWords
    private var result: BenchResult { words.result }

    public init(_ result: BenchResult) { words = ResultWords(result: result) }

    public var html: String {
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8"/>
        <meta name="viewport" content="width=device-width, initial-scale=1"/>
        <meta name="color-scheme" content="light dark"/>
        <title>hotline bench: \(result.plan.toolCalls) tool calls</title>
        <style>
        \(HTMLReport.style)
        </style>
        </head>
        <body>
        <main>
        <header>
        <p class="kicker">hotline bench</p>
        <h1>\(words.headline.escapedForHTML)</h1>
        \(words.warmUp.map { "<p class=\"lead\">\($0.escapedForHTML)</p>" } ?? "")
        </header>
        <dl>
        \(words.setting.map { "<div><dt>\($0.name)</dt><dd>\($0.value.escapedForHTML)</dd></div>" }.joined(separator: "\n"))
        </dl>
        \(warnings)
        \(totals)
        \(section(
            "Time of each turn", "From the request to the last event. The first turn connects, and reads the context unless it was "
                + "read in a warmup.", lines({ $0.ms }, Figures.tick)))
        \(section(
            "Bytes sent in each turn", "From the client to the server. A warmup is sent before the first turn and is not in this plot.",
            lines({ $0.sentBytes }, Figures.bytes)))
        \(table)
        <section>
        <h2>What was measured, and what was simulated</h2>
        <ul>
        \(words.smallPrint.map { "<li>\($0.escapedForHTML)</li>" }.joined(separator: "\n"))
        </ul>
        </section>
        </main>
        </body>
        </html>

        """
    }

    private var warnings: String {
        words.warnings.isEmpty ? "" : "<p class=\"note\">\(words.warnings.joined(separator: " ").escapedForHTML)</p>"
    }

    private func section(_ title: String, _ explanation: String, _ drawing: String) -> String {
        """
        <section>
        <h2>\(title)</h2>
        <p>\(explanation)</p>
        \(legend)
        <figure>
        \(drawing)</figure>
        </section>
        """
    }

    private var legend: String {
        let entries = result.ways.map { way in
            "<li><svg viewBox=\"0 0 26 12\" aria-hidden=\"true\"><line class=\"line \(way.way.rawValue)\" x1=\"0\" y1=\"6\" x2=\"26\" y2=\"6\"/>"
                + "\(Plot.marker(way.way, 13, 6, 4))</svg>\(way.way.title)</li>"
        }
        return "<ul class=\"legend\">\n\(entries.joined(separator: "\n"))\n</ul>"
    }

    private func lines(_ value: (BenchResult.TurnResult) -> Spread, _ label: (Double) -> String) -> String {
        let series = result.ways.map { Plot.Series(way: $0.way, values: $0.turns.map(value)) }
        let description = result.ways.map { "\($0.way.title): median \(label(Spread($0.turns.map { value($0).median }).median))" }
        return [Plot.Frame.wide, .narrow].map { frame in
            var plot = Plot(frame, label: frame.isNarrow ? nil : description.joined(separator: "; "))
            plot.drawLines(series, label: label)
            return plot.end()
        }.joined()
    }

    private var totals: String {
        let first = result.ways.first?.way
        let bars = result.ways.map { way in
            var label = "\(way.way.title): \(Figures.duration(way.totalMs.median))"
            if way.way != first { label += Self.savedNote(way.savedPercent) }
            let short = label
            if let warmUp = way.warmUpMs { label += ", after \(Figures.duration(warmUp.median)) of warmup" }
            return Plot.Bar(
                way: way.way, before: way.warmUpMs?.median ?? 0, total: way.totalMs, label: label, shortLabel: short)
        }
        let drawing = [Plot.Frame.wide, .narrow].map { frame in
            var frame = frame
            frame.height = Double(bars.count) * 56 + 34
            var plot = Plot(frame, label: frame.isNarrow ? nil : bars.map(\.label).joined(separator: "; "))
            plot.drawBars(bars, label: Figures.tick)
            return plot.end()
        }.joined()
        let hasWarmUp = bars.contains { $0.before > 0 }
        return """
            <section>
            <h2>The whole work</h2>
            <p>From the first request to the end of the last turn.\(hasWarmUp ? Self.warmUpNote : "")</p>
            <figure>
            \(drawing)</figure>
            </section>
            """
    }

    private static let warmUpNote = " The pale part is the warmup, which passes before the user speaks."

    private static func savedNote(_ percent: Double) -> String {
        percent >= 0.5 ? ", \(Figures.percent(percent)) less" : percent <= -0.5 ? ", \(Figures.percent(-percent)) more" : ", the same"
    }

    /// The median, and below it the quartiles in its unit.
    private static func cell(_ spread: Spread) -> String {
        "\(Figures.duration(spread.median))<small>\(Figures.range(spread))</small>"
    }

    private var table: String {
        let first = result.ways.first?.way
        let rows = result.ways.map { way in
            let input = way.inputTokens.median
            let cells = [
                Self.cell(way.totalMs), way.way == first ? "" : Figures.percent(way.savedPercent),
                way.warmUpMs.map(Self.cell) ?? "", way.warmUpMs == nil ? "" : Self.cell(way.totalWithWarmUpMs),
                way.warmUpMs == nil || way.way == first ? "" : Figures.percent(way.savedPercentWithWarmUp),
                Self.cell(way.turnMs), Self.cell(way.firstTokenMs), Figures.bytes(way.sentBytes.median),
                Figures.bytes(way.receivedBytes.median), input > 0 ? Figures.percent(way.cachedTokens.median / input * 100) : "",
            ]
            return "<tr><th scope=\"row\">\(way.way.title)</th>\(cells.map { "<td>\($0)</td>" }.joined())</tr>"
        }
        let heads = [
            "", "Total", "Saved", "Warmup", "With warmup", "Saved", "A turn", "First token", "Sent", "Received", "Input cached",
        ]
        return """
            <section>
            <h2>In figures</h2>
            <p>Medians, and the quartiles below them: over all runs; a turn and its first token over all turns of all runs.</p>
            <div class="scroll">
            <table>
            <thead><tr>\(heads.map { $0.isEmpty ? "<td></td>" : "<th scope=\"col\">\($0)</th>" }.joined())</tr></thead>
            <tbody>
            \(rows.joined(separator: "\n"))
            </tbody>
            </table>
            </div>
            </section>
            """
    }
}

extension Figures {
    /// A duration at an axis: `200 ms`, `1.5 s`, without digits that say nothing.
    static func tick(_ milliseconds: Double) -> String {
        milliseconds == 0 ? "0" : milliseconds >= 1000 ? short(milliseconds / 1000) + " s" : short(milliseconds) + " ms"
    }
}
