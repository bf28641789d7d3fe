import LibC

/// The file of a store, before SQLite sees it: made for its user only, and nothing else in its place.
struct StoreFile {
    let path: String

    private func failure(_ reason: SQLiteStoreFailure.Reason, _ sentence: String) -> SQLiteStoreFailure {
        SQLiteStoreFailure(reason, path: path, sentence)
    }

    private var folder: String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// Whether there is a folder for it, and when it is not to be made the file itself.
    func requirePlace(creates: Bool) throws(SQLiteStoreFailure) {
        var facts = stat()
        if stat(folder, &facts) != 0 {
            throw failure(.missing, "There is no folder '\(folder)' for the store; make it, or choose another file.")
        }
        guard facts.st_mode & S_IFMT == S_IFDIR else { throw failure(.inTheWay, "'\(folder)' is not a folder, so no store can be in it.") }
        if !creates, lstat(path, &facts) != 0 { throw failure(.missing, "There is no store at '\(path)'.") }
        // SQLite makes files beside it.
        guard access(folder, W_OK | X_OK) == 0 else {
            throw failure(.notAllowed, "The store's folder '\(folder)' cannot be written: \(Self.reason(errno)).")
        }
    }

    /// Makes the file, or requires that what is there can be used.
    func make(creates: Bool) throws(SQLiteStoreFailure) {
        let flags = O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | (creates ? O_CREAT : 0)
        let descriptor = open(path, flags, 0o600)
        guard descriptor >= 0 else { throw problem(errno) }
        // Before SQLite opens it: closing any descriptor of a file lets go of the locks that SQLite has on it.
        defer { LibC.close(descriptor) }
        var facts = stat()
        guard fstat(descriptor, &facts) == 0 else { throw problem(errno) }
        guard facts.st_mode & S_IFMT == S_IFREG else { throw failure(.inTheWay, "'\(path)' is not a file.") }
        guard facts.st_uid == geteuid() else {
            throw failure(.inTheWay, "'\(path)' belongs to another user; give it to the user of this program, or choose another file.")
        }
        // What stands beside it gets its mode from SQLite.
        if facts.st_mode & 0o077 != 0, fchmod(descriptor, 0o600) != 0 { throw problem(errno) }
    }

    /// Whether there is a file that can be read.
    func requireReadable() throws(SQLiteStoreFailure) {
        var facts = stat()
        guard stat(path, &facts) == 0 else { throw errno == ENOENT ? problem(ENOENT) : unreadable(errno) }
        guard facts.st_mode & S_IFMT == S_IFREG else { throw failure(.inTheWay, "'\(path)' is not a file.") }
        guard access(path, R_OK) == 0 else { throw unreadable(errno) }
    }

    private func unreadable(_ error: Int32) -> SQLiteStoreFailure {
        failure(.notAllowed, "The store '\(path)' cannot be read: \(Self.reason(error)).")
    }

    /// Its size; 0 when it is not there.
    var bytes: Int {
        var facts = stat()
        return stat(path, &facts) == 0 ? Int(facts.st_size) : 0
    }

    private func problem(_ error: Int32) -> SQLiteStoreFailure {
        switch error {
        case ELOOP: failure(.inTheWay, "'\(path)' is a symbolic link; name the file itself.")
        case EISDIR, ENXIO: failure(.inTheWay, "'\(path)' is not a file.")
        case ENOENT: failure(.missing, "There is no store at '\(path)'.")
        case EACCES, EPERM, EROFS: failure(.notAllowed, "The store '\(path)' cannot be written: \(Self.reason(error)).")
        case ENOSPC, EDQUOT: failure(.full, "The disk is full, so the store '\(path)' cannot be made.")
        default: failure(.failed, "The store '\(path)' cannot be opened: \(Self.reason(error)).")
        }
    }

    static func reason(_ error: Int32) -> String { String(cString: strerror(error)) }
}
