/// Where the values of a measurement lie: the median, the middle half around it, and the ends.
public struct Spread: Sendable, Hashable, Codable {
    public var median: Double
    /// A quarter of the values lie below; between neighbours by proportion (Hyndman and Fan, type 7).
    public var q1: Double
    /// A quarter of the values lie above.
    public var q3: Double
    public var min: Double
    public var max: Double

    /// - Parameter values: in any order; all zero when there are none.
    public init(_ values: [Double]) {
        let sorted = values.sorted()
        func quantile(_ part: Double) -> Double {
            guard let last = sorted.indices.last else { return 0 }
            let place = part * Double(last)
            let below = Int(place)
            let above = Swift.min(below + 1, last)
            return sorted[below] + (sorted[above] - sorted[below]) * (place - Double(below))
        }
        median = quantile(0.5)
        q1 = quantile(0.25)
        q3 = quantile(0.75)
        min = sorted.first ?? 0
        max = sorted.last ?? 0
    }
}
