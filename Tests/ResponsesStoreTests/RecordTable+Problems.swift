import ResponsesAPI

@testable import ResponsesStore

extension RecordTable {
    /// What does not hold that always must.
    borrowing func problems() -> [String] {
        var problems: [String] = []
        var children: [Int: Int] = [:]
        var sum = 0
        var rows: Set<Int> = []
        var shared: Set<[AnyHashable]> = []
        let all = allPlaces
        for place in all {
            let entry = entries[place]
            sum += entry.bytes
            rows.insert(entry.row)
            for (kind, text) in [("tools", entry.tools), ("frame", entry.kept.frame)] {
                guard let text, shared.insert([entry.row, kind, text]).inserted else { continue }
                sum += SharedTexts.bytes(of: text)
            }
            if let parent = entry.parent {
                children[parent, default: 0] += 1
                if !entries.holds(parent) {
                    problems.append("\(entry.id.rawValue) is here without its parent")
                } else if entries[parent].id != entry.kept.record.parent {
                    problems.append("\(entry.id.rawValue) has another parent than it says")
                }
            }
            if entry.children == 0, entry.isDeleted { problems.append("\(entry.id.rawValue) is deleted and here") }
            if entry.children == 0, !shares.isListed(place) { problems.append("\(entry.id.rawValue) can never go") }
        }
        for place in all where entries[place].children != children[place] ?? 0 {
            problems.append("\(entries[place].id.rawValue) counts \(entries[place].children) children")
        }
        let counted = rows.reduce(0) { $0 + shares.bytes(of: $1) - shares.fixedBytes(of: $1) }
        if counted != sum { problems.append("\(counted) bytes are counted of \(sum)") }
        if !rows.allSatisfy({ shares.find(shares.owner(of: $0)) == $0 }) { problems.append("An owner has two rows") }
        if entries.count != all.count { problems.append("\(entries.count) records have \(all.count) ids") }
        return problems
    }
}
