/// Drawings of the report as SVG, made of text: nothing is loaded, colours are those of the page's style.
struct Plot {
    /// In units of the drawing, which are pixels at its natural size.
    struct Frame {
        var width: Double
        var height: Double
        var isNarrow: Bool

        static let wide = Frame(width: 860, height: 320, isNarrow: false)
        /// For phones: a drawing of its own, as the letters of a shrunk one are too small to read.
        static let narrow = Frame(width: 360, height: 280, isNarrow: true)
    }

    struct Series {
        var way: Way
        var values: [Spread]
    }

    private(set) var svg = ""
    private let frame: Frame

    /// - Parameter label: what the drawing shows, for those who do not see it; nil hides it from them.
    init(_ frame: Frame, label: String?) {
        self.frame = frame
        let hidden = label.map { "role=\"img\" aria-label=\"\($0.escapedForHTML)\"" } ?? "aria-hidden=\"true\""
        svg = """
            <svg class="\(frame.isNarrow ? "narrow" : "wide")" viewBox="0 0 \(Self.n(frame.width)) \(Self.n(frame.height))" \
            \(hidden) xmlns="http://www.w3.org/2000/svg">

            """
    }

    mutating func end() -> String {
        svg += "</svg>\n"
        return svg
    }

    // MARK: Lines

    /// Lines over turn numbers, with a band between the quartiles.
    mutating func drawLines(_ series: [Series], label: (Double) -> String) {
        let axis = Axis(covering: series.flatMap { $0.values.flatMap { [$0.median, $0.q3, $0.q1] } })
        let left = frame.isNarrow ? 52.0 : 64.0
        let area = (x: left, y: 12.0, width: frame.width - left - 12, height: frame.height - 12 - 44)
        let count = series.map(\.values.count).max() ?? 0
        func x(_ index: Int) -> Double {
            count < 2 ? area.x + area.width / 2 : area.x + 8 + (area.width - 16) * Double(index) / Double(count - 1)
        }
        func y(_ value: Double) -> Double { area.y + area.height * (1 - axis.place(value)) }
        for tick in axis.ticks {
            line(area.x, y(tick), area.x + area.width, y(tick), "grid")
            text(area.x - 8, y(tick) + 4, label(tick), "tick end")
        }
        let step = max(1, Int(Axis.step(Double(count) / (frame.isNarrow ? 5 : 11))))
        for turn in 1...max(1, count) where turn == 1 || turn % step == 0 {
            text(x(turn - 1), area.y + area.height + 18, "\(turn)", "tick middle")
        }
        text(area.x + area.width / 2, frame.height - 6, "turn", "tick middle")
        if axis.isLogarithmic {
            text(area.x + area.width, frame.height - 6, frame.isNarrow ? "scale: log" : "vertical scale: logarithmic", "tick end")
        }
        for one in series {
            band(one.values.indices.map { (x($0), y(one.values[$0].q1), y(one.values[$0].q3)) }, one.way)
        }
        for one in series {
            let points = one.values.indices.map { (x: x($0), y: y(one.values[$0].median)) }
            let places = points.map { "\(Self.n($0.x)),\(Self.n($0.y))" }.joined(separator: " ")
            svg += "<polyline class=\"line \(one.way.rawValue)\" points=\"\(places)\"/>\n"
            // Markers in front are smaller, as lines are thinner.
            let size = one.way == .httpContinued ? 4.4 : one.way == .webSocketWarm ? 2.6 : 3.6
            for point in points { svg += Self.marker(one.way, point.x, point.y, frame.isNarrow ? size * 0.75 : size) }
        }
    }

    private mutating func band(_ points: [(x: Double, low: Double, high: Double)], _ way: Way) {
        let around = points.map { "\(Self.n($0.x)),\(Self.n($0.high))" } + points.reversed().map { "\(Self.n($0.x)),\(Self.n($0.low))" }
        svg += "<polygon class=\"band \(way.rawValue)\" points=\"\(around.joined(separator: " "))\"/>\n"
    }

    // MARK: Bars

    struct Bar {
        var way: Way
        /// A part before the rest, drawn lighter: the warmup.
        var before: Double
        var total: Spread
        var label: String
        /// Where there is no room for all of it.
        var shortLabel: String
    }

    /// Bars from left to right, one below the other, each with its name above and its figure after it.
    mutating func drawBars(_ bars: [Bar], label: (Double) -> String) {
        let axis = Axis(covering: bars.flatMap { [$0.before + $0.total.q3, $0.before + $0.total.median] } + [0], ticksMax: frame.isNarrow ? 3 : 6)
        let area = (x: 8.0, y: 4.0, width: frame.width - 16 - (frame.isNarrow ? 24 : 40), height: frame.height - 4 - 26)
        func x(_ value: Double) -> Double { area.x + area.width * axis.place(value) }
        for tick in axis.ticks {
            line(x(tick), area.y, x(tick), area.y + area.height, "grid")
            text(x(tick), area.y + area.height + 18, label(tick), tick == 0 ? "tick" : "tick middle")
        }
        let slot = area.height / Double(max(bars.count, 1))
        let thickness = min(24, slot - 26)
        for (index, bar) in bars.enumerated() {
            let top = area.y + slot * Double(index) + 20
            svg += Self.marker(bar.way, area.x + 6, top - 9, 4)
            text(area.x + 16, top - 5, frame.isNarrow ? bar.shortLabel : bar.label, "name")
            if bar.before > 0 { rectangle(x(0), top, x(bar.before) - x(0), thickness, "warmup \(bar.way.rawValue)") }
            let end = bar.before + bar.total.median
            rectangle(x(bar.before), top, x(end) - x(bar.before), thickness, "bar \(bar.way.rawValue)")
            let middle = top + thickness / 2
            line(x(bar.before + bar.total.q1), middle, x(bar.before + bar.total.q3), middle, "whisker")
            for place in [bar.total.q1, bar.total.q3] {
                line(x(bar.before + place), middle - 4, x(bar.before + place), middle + 4, "whisker")
            }
        }
    }

    // MARK: Pieces

    private mutating func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, _ style: String) {
        svg += "<line class=\"\(style)\" x1=\"\(Self.n(x1))\" y1=\"\(Self.n(y1))\" x2=\"\(Self.n(x2))\" y2=\"\(Self.n(y2))\"/>\n"
    }

    private mutating func rectangle(_ x: Double, _ y: Double, _ width: Double, _ height: Double, _ style: String) {
        svg += "<rect class=\"\(style)\" x=\"\(Self.n(x))\" y=\"\(Self.n(y))\" width=\"\(Self.n(max(0, width)))\" "
            + "height=\"\(Self.n(height))\" rx=\"2\"/>\n"
    }

    private mutating func text(_ x: Double, _ y: Double, _ content: String, _ style: String) {
        svg += "<text class=\"\(style)\" x=\"\(Self.n(x))\" y=\"\(Self.n(y))\">\(content.escapedForHTML)</text>\n"
    }

    /// Each way has a shape as well as a colour, for readers who distinguish colours badly.
    static func marker(_ way: Way, _ x: Double, _ y: Double, _ size: Double) -> String {
        let style = "class=\"marker \(way.rawValue)\""
        func polygon(_ points: [(Double, Double)]) -> String {
            "<polygon \(style) points=\"\(points.map { "\(n(x + $0.0 * size)),\(n(y + $0.1 * size))" }.joined(separator: " "))\"/>\n"
        }
        return switch way {
        case .httpFull: "<circle \(style) cx=\"\(n(x))\" cy=\"\(n(y))\" r=\"\(n(size))\"/>\n"
        case .httpContinued: polygon([(-0.95, -0.95), (0.95, -0.95), (0.95, 0.95), (-0.95, 0.95)])
        case .webSocket: polygon([(0, -1.25), (1.15, 0.9), (-1.15, 0.9)])
        case .webSocketWarm: polygon([(0, -1.35), (1.35, 0), (0, 1.35), (-1.35, 0)])
        case .chat: polygon([(0, 1.25), (1.15, -0.9), (-1.15, -0.9)])
        case .messages: polygon([(-0.6, -1.1), (0.6, -1.1), (1.2, 0), (0.6, 1.1), (-0.6, 1.1), (-1.2, 0)])
        }
    }

    /// A coordinate: a tenth of a unit is less than a pixel.
    private static func n(_ number: Double) -> String {
        let text = Figures.decimal(number, places: 1)
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }
}

extension String {
    /// Safe as text and within quoted attributes.
    var escapedForHTML: String {
        var text = ""
        for character in unicodeScalars {
            switch character {
            case "&": text += "&amp;"
            case "<": text += "&lt;"
            case ">": text += "&gt;"
            case "\"": text += "&quot;"
            case "'": text += "&#39;"
            default: text.unicodeScalars.append(character)
            }
        }
        return text
    }
}
