import LibC
import ResponsesStore

/// A file that is open, and whether it still stands where it was opened: a system keeps one that was deleted until it is closed, and
/// writes to it as before.
struct OpenFile: Sendable {
    private let path: String
    private let device: dev_t
    private let inode: ino_t

    /// The file that is at a path now.
    ///
    /// - Throws: when there is none.
    init(path: String) throws(SQLiteStoreFailure) {
        var facts = stat()
        guard stat(path, &facts) == 0 else {
            throw SQLiteStoreFailure(.missing, path: path, "There is no store at '\(path)'.")
        }
        self.path = path
        device = facts.st_dev
        inode = facts.st_ino
    }

    /// - Throws: when it was moved, deleted or replaced. One that is moved back is in place again.
    func requireInPlace() throws(StoreError) {
        var facts = stat()
        guard stat(path, &facts) == 0, facts.st_dev == device, facts.st_ino == inode else {
            throw .unavailable(reason: "'\(path)' was moved or deleted while it is open; move it back, or start the server again")
        }
    }
}
