import GRDB
import ResponsesAPI

extension Database {
    /// The number of an owner; nil when nothing of it was ever stored.
    func key(of owner: Owner) throws -> Int? {
        try first("SELECT key FROM owners WHERE name = ?", .text(owner.rawValue)) { $0.int(0) }
    }

    /// The owner with this number.
    func owner(_ key: Int) throws -> Owner {
        let name = try first("SELECT name FROM owners WHERE key = ?", .int(key)) { $0.text(0) }
        guard let name else { throw DamagedRow() }
        return Owner(rawValue: name)
    }
}
