#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Values of one kind, to be summed up.
struct Samples {
    private(set) var values: [Double] = []

    mutating func add(_ value: Double) { values.append(value) }

    var median: Double { percentile(0.5) }
    var lowest: Double { values.min() ?? .nan }
    var highest: Double { values.max() ?? .nan }

    /// The value that `part` of all are not above; not a number when there are none.
    func percentile(_ part: Double) -> Double {
        guard !values.isEmpty else { return .nan }
        let sorted = values.sorted()
        return sorted[min(sorted.count - 1, Int(Double(sorted.count) * part))]
    }

    /// The median, and between which values all lay.
    func summary(_ digits: Int) -> String {
        "\(median.fixed(digits)) (\(lowest.fixed(digits)) to \(highest.fixed(digits)))"
    }
}

extension Double {
    /// With this many digits behind the point, and commas between thousands.
    func fixed(_ digits: Int) -> String {
        guard isFinite else { return "-" }
        let scale = pow(10, Double(digits))
        let scaled = Int((abs(self) * scale).rounded())
        let unit = Int(scale)
        var whole = String(scaled / unit)
        var position = whole.count - 3
        while position > 0 {
            whole.insert(",", at: whole.index(whole.startIndex, offsetBy: position))
            position -= 3
        }
        if digits > 0 {
            let part = String(scaled % unit)
            whole += "." + String(repeating: "0", count: digits - part.count) + part
        }
        return (self < 0 && scaled > 0 ? "-" : "") + whole
    }
}
