/// The name that somebody may have meant.
package enum NearestName {
    /// The nearest of `names`, if it is near enough to be a slip: a third of its letters.
    package static func of(_ name: String, in names: [String]) -> String? {
        let lower = name.lowercased()
        let found = names.map { (name: $0, distance: distance(lower, $0.lowercased())) }.min { $0.distance < $1.distance }
        guard let found, found.distance <= max(1, max(name.count, found.name.count) / 3) else { return nil }
        return found.name
    }

    /// What a sentence about an unknown name ends with.
    package static func hint(_ name: String, in names: [String]) -> String {
        of(name, in: names).map { "Did you mean '\($0)'?" } ?? "Choose one of \(names.joined(separator: ", "))."
    }

    /// How many letters are to be put in, left out, changed, or swapped with their neighbour.
    private static func distance(_ one: String, _ other: String) -> Int {
        let (a, b) = (Array(one.unicodeScalars), Array(other.unicodeScalars))
        // Names of settings are short; of a long text the nearest name is nobody's slip.
        guard a.count <= 64, b.count <= 64 else { return Int.max }
        var before: [Int] = []
        var last = Array(0...b.count)
        for i in a.indices {
            var row = [i + 1]
            for j in b.indices {
                var best = min(last[j + 1] + 1, row[j] + 1, last[j] + (a[i] == b[j] ? 0 : 1))
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { best = min(best, before[j - 1] + 1) }
                row.append(best)
            }
            (before, last) = (last, row)
        }
        return last[b.count]
    }
}
