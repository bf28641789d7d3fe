import LibC
import Synchronization

/// That one process has a store: a lock of the system on a file beside it, which ends with the process, however that ends.
///
/// On a file of its own, as closing the database file would let go of SQLite's locks on it. The file stays; its number says who
/// has the lock.
final class StoreLock: Sendable {
    private let descriptor: Mutex<Int32>

    init(path: String) throws(SQLiteStoreFailure) {
        let file = path + ".lock"
        let descriptor = open(file, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0o600)
        guard descriptor >= 0 else {
            let reason: SQLiteStoreFailure.Reason = switch errno {
            case EACCES, EPERM, EROFS: .notAllowed
            case ELOOP, EISDIR, ENXIO: .inTheWay
            case ENOSPC, EDQUOT: .full
            default: .failed
            }
            throw SQLiteStoreFailure(reason, path: path, "The store's lock '\(file)' cannot be made: \(StoreFile.reason(errno)).")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let error = errno
            let holder = Self.process(in: descriptor).map { " (process \($0))" } ?? ""
            close(descriptor)
            guard error == EWOULDBLOCK else {
                throw SQLiteStoreFailure(.failed, path: path, "'\(file)' cannot be locked: \(StoreFile.reason(error)).")
            }
            throw SQLiteStoreFailure(
                .locked, path: path,
                "Another process\(holder) has the store '\(path)' open; end that one first, or choose another file.")
        }
        // Only for the sentence above, so a failure changes nothing.
        let number = Array("\(getpid())\n".utf8)
        _ = ftruncate(descriptor, 0)
        _ = number.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
        self.descriptor = Mutex(descriptor)
    }

    deinit { release() }

    func release() {
        descriptor.withLock { descriptor in
            if descriptor >= 0 { close(descriptor) }
            descriptor = -1
        }
    }

    private static func process(in descriptor: Int32) -> Int? {
        var bytes = [UInt8](repeating: 0, count: 32)
        let count = bytes.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, 0) }
        guard count > 0 else { return nil }
        return Int(String(decoding: bytes[..<count].prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self))
    }
}
