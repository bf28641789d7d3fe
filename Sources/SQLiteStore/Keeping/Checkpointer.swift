import Dispatch
import GRDB
import GRDBSQLite
import LibC
import ResponsesStore
import Synchronization
import ThreadTools

/// Moves what was committed from the write-ahead log into the database file, on a thread and a connection of its own, so that
/// no commit waits for it.
///
/// The log begins anew when all of it was moved and nobody reads it. Under constant load that moment does not come by
/// itself: so when little is left the writer moves the rest itself. When the log has its limit, commits wait a little each,
/// until the thread has caught up; when the log is half as large again, the writer moves whatever is left.
final class Checkpointer: Sendable {
    private let database: DatabaseQueue
    private let wake = DispatchSemaphore(value: 0)
    private let isOver = DispatchSemaphore(value: 0)
    private let isAsked = Atomic<Bool>(false)
    private let hasEnded = Atomic<Bool>(false)
    /// Pages in the log, and how many of them were moved when somebody looked last.
    private let pages = Atomic<Int>(0)
    private let movedPages = Atomic<Int>(0)
    /// Pages in the log when the writer tried last; its own.
    private let triedAt = Atomic<Int>(0)

    /// From so many pages on they are moved.
    private let pagesMin: Int
    /// From so many pages on the log is to begin anew.
    private let pagesUsual: Int
    private let pagesMax: Int
    /// From so many pages on nothing is written before they are moved.
    private let pagesMost: Int
    /// So many the writer moves by itself at most while the log is below its limit.
    private let restMax: Int
    /// One of both moves pages at a time: SQLite would refuse the second, and the writer's turn at the limit be lost.
    private let moving = Mutex(())
    /// Why pages could not be moved the last time, for the operator's log: no call fails by that.
    private let failure = Mutex<StoreError?>(nil)

    init(_ database: DatabaseQueue, pageBytes: Int, walBytesMax: Int) {
        self.database = database
        pagesMax = max(walBytesMax / pageBytes, 64)
        pagesMost = pagesMax + pagesMax / 2
        pagesUsual = max(pagesMax / 4, 32)
        pagesMin = max(pagesUsual / 4, 16)
        restMax = min(pagesUsual / 2, 256)
    }

    /// - Returns: false when the system has no thread to spare.
    func start() -> Bool {
        WorkerThread.start(isDeaf: true) { [self] in
            while true {
                wake.wait()
                if hasEnded.load(ordering: .acquiring) { break }
                moving.withLock { _ in database.inDatabase { db in move(in: db) } }
                isAsked.store(false, ordering: .releasing)
            }
            isOver.signal()
        }
    }

    /// Ends the thread, and waits for its last work. Its connection stays open.
    func end() {
        hasEnded.store(true, ordering: .releasing)
        wake.signal()
        isOver.wait()
    }

    /// Closes its connection: as the last one, which then takes the log away. The others can be readers, which may not.
    func close() { try? database.close() }

    /// Lets this know of the pages that the writer's connection commits. In place of SQLite's own checkpoints, which
    /// are part of a commit.
    func watch(_ db: Database) {
        // Not retained: the writer, whose connection calls this, has it.
        sqlite3_wal_hook(
            db.sqliteConnection,
            { checkpointer, _, _, pages in
                if let checkpointer {
                    Unmanaged<Checkpointer>.fromOpaque(checkpointer).takeUnretainedValue().pages.store(Int(pages), ordering: .relaxed)
                }
                return SQLITE_OK
            }, Unmanaged.passUnretained(self).toOpaque())
    }

    /// The writer has committed.
    func committed(in db: Database) {
        let pages = pages.load(ordering: .relaxed)
        let moved = movedPages.load(ordering: .relaxed)
        // Fewer than were moved: it has begun anew.
        let left = moved > pages ? pages : pages - moved
        let isFull = pages >= pagesMax
        if isFull || (pages >= pagesUsual && left <= restMax) {
            // While somebody reads the log it does not begin anew, however often that is tried.
            let tried = triedAt.load(ordering: .relaxed)
            guard pages < tried || pages >= tried + (isFull ? restMax / 4 : restMax) else { return }
            if pages >= pagesMost {
                moving.withLock { _ in move(in: db) }
            } else if left > restMax {
                ask()
                waitForThread()
            } else if moving.withLockIfAvailable({ _ in move(in: db) }) == nil {
                guard isFull else { return }
                waitForThread()
            }
            triedAt.store(pages, ordering: .relaxed)
        } else if left >= pagesMin {
            ask()
        }
    }

    /// Has the thread move pages.
    private func ask() {
        if !isAsked.exchange(true, ordering: .acquiringAndReleasing) { wake.signal() }
    }

    /// How long a commit waits for the thread, and how often it looks. As one waits for every 64 pages, less than 3 MB of log
    /// come in a second meanwhile.
    private static var waitMilliseconds: Int { 100 }
    private static var lookMilliseconds: UInt32 { 2 }

    /// Returns when the thread has moved what it was asked to move, or soon.
    private func waitForThread() {
        for _ in 0..<(Self.waitMilliseconds / Int(Self.lookMilliseconds)) {
            guard isAsked.load(ordering: .acquiring) else { return }
            usleep(Self.lookMilliseconds * 1000)
        }
    }

    /// Moves all of the log and makes it empty, through the writer's connection. Waits for readers, as long as any write waits.
    func empty(in db: Database) throws {
        _ = try moving.withLock { _ in try db.checkpoint(.truncate) }
    }

    /// Moves what nobody needs in the log, without waiting for anybody.
    private func move(in db: Database) {
        do {
            let (_, moved) = try db.checkpoint(.passive)
            if moved >= 0 { movedPages.store(moved, ordering: .relaxed) }
        } catch DatabaseError.SQLITE_BUSY {
            // Another program does the same.
        } catch {
            failure.withLock { $0 = StoreError(error) }
        }
    }

    /// Why pages could not be moved, since this was asked last.
    func takeFailure() -> StoreError? { failure.withLock { $0.take() } }
}
