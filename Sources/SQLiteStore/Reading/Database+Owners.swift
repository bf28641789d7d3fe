import GRDB
import ResponsesAPI

extension Database {
    /// The number of an owner; nil when nothing of it was ever stored.
    func key(of owner: Owner) throws -> Int? {
        try first("SELECT key FROM owners WHERE name = ?", .text(owner.rawValue)) { $0.int(0) }
    }
}
