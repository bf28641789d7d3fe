import ResponsesAPI

@testable import ResponsesStore

extension RecordTable {
    /// What does not hold that always must.
    borrowing func problems() -> [String] {
        var problems: [String] = []
        var children: [Int: Int] = [:]
        var sum = 0
        let all = allPlaces
        for place in all {
            let entry = entries[place]
            sum += entry.bytes
            if let parent = entry.parent {
                children[parent, default: 0] += 1
                if !entries.holds(parent) {
                    problems.append("\(entry.record.id.rawValue) is here without its parent")
                } else if entries[parent].record.id != entry.record.parent {
                    problems.append("\(entry.record.id.rawValue) has another parent than it says")
                }
            }
            if entry.children == 0, entry.isDeleted { problems.append("\(entry.record.id.rawValue) is deleted and here") }
            if entry.children == 0, !uses.contains(place) { problems.append("\(entry.record.id.rawValue) can never go") }
        }
        for place in all where entries[place].children != children[place] ?? 0 {
            problems.append("\(entries[place].record.id.rawValue) counts \(entries[place].children) children")
        }
        if bytes < sum { problems.append("\(bytes) bytes are counted of at least \(sum)") }
        if entries.count != all.count { problems.append("\(entries.count) records have \(all.count) ids") }
        return problems
    }
}
