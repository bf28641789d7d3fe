/// A name and a count.
struct Measure {
    var name: String
    var count: Double

    init(_ name: String, _ count: Double) {
        self.name = name
        self.count = count
    }

    /// A member of a JSON object; three decimals.
    var json: String {
        let thousandths = Int((count * 1000).rounded())
        let digits = String(abs(thousandths) % 1000)
        let fraction = String(repeating: "0", count: 3 - digits.count) + digits
        return "\"\(name)\": \(thousandths < 0 ? "-" : "")\(abs(thousandths) / 1000).\(fraction)"
    }
}
