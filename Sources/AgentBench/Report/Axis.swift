/// The scale of a plot: from values to places, with ticks at round numbers.
struct Axis {
    let ticks: [Double]
    let isLogarithmic: Bool
    private let lower: Double
    private let upper: Double

    /// Where lower values would be drawn as a flat line at the bottom, a logarithmic axis shows them.
    private static let linearRatioMax = 12.0

    /// From zero, or logarithmic when the values differ too much for that.
    ///
    /// - Parameter values: not negative.
    init(covering values: [Double], ticksMax: Int = 5) {
        let greatest = max(values.max() ?? 0, 1e-9)
        let smallest = values.filter { $0 > 0 }.min() ?? greatest
        if greatest / smallest > Self.linearRatioMax {
            isLogarithmic = true
            let all = Self.roundNumbers(from: smallest, to: greatest)
            (lower, upper) = (all.first ?? smallest, all.last ?? greatest)
            ticks = all.count <= ticksMax + 1 ? all : Self.thinned(all, ticksMax)
        } else {
            isLogarithmic = false
            let step = Self.step(greatest / Double(ticksMax))
            let count = Int((greatest / step).rounded(.up))
            ticks = (0...max(count, 1)).map { Double($0) * step }
            (lower, upper) = (0, ticks.last ?? greatest)
        }
    }

    /// From the bottom (0) to the top (1).
    func place(_ value: Double) -> Double {
        guard upper > lower else { return 0 }
        if !isLogarithmic { return min(max((value - lower) / (upper - lower), 0), 1) }
        return min(max((Self.log(value) - Self.log(lower)) / (Self.log(upper) - Self.log(lower)), 0), 1)
    }

    /// The smallest of 1, 2, 5, 10, 20, … that is not below.
    static func step(_ least: Double) -> Double {
        var power = 1.0
        while power > least { power /= 10 }
        while power * 10 <= least { power *= 10 }
        for factor in [1.0, 2, 5] where power * factor >= least * 0.999_999 { return power * factor }
        return power * 10
    }

    /// 1, 2, 5, 10, … around the values.
    private static func roundNumbers(from smallest: Double, to greatest: Double) -> [Double] {
        var power = 1.0
        while power > smallest { power /= 10 }
        while power * 10 <= smallest { power *= 10 }
        var numbers: [Double] = []
        while true {
            for factor in [1.0, 2, 5] {
                let number = power * factor
                if number <= smallest * 1.000_001 { numbers.removeAll() }
                numbers.append(number)
                if number >= greatest * 0.999_999 { return numbers }
            }
            power *= 10
        }
    }

    /// Powers of ten and the ends only, or every other.
    private static func thinned(_ numbers: [Double], _ ticksMax: Int) -> [Double] {
        let powers = numbers.filter { number in
            let logarithm = log(number) / log(10)
            return abs(logarithm - logarithm.rounded()) < 1e-6
        }
        if powers.count >= 3 { return powers }
        return numbers.enumerated().filter { $0.offset % 2 == 0 }.map(\.element)
    }

    /// A natural logarithm without libm: halving to 1...2 and a series, exact to far below a pixel.
    private static func log(_ value: Double) -> Double {
        guard value > 0 else { return -700 }
        let ratio = (value.significand - 1) / (value.significand + 1)
        var sum = 0.0
        var power = ratio
        for index in 0..<20 {
            sum += power / Double(2 * index + 1)
            power *= ratio * ratio
        }
        return 2 * sum + Double(value.exponent) * 0.693_147_180_559_945_3
    }
}
