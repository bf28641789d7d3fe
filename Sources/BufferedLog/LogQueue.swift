/// Lines on their way to a descriptor, within a limit; what does not fit is counted.
///
/// A value without a clock, lock or thread. The count is written where the lines are missing: after what was there
/// before them, before what came after them.
struct LogQueue: Sendable {
    enum Entry: Sendable, Equatable {
        case line([UInt8])
        /// Stands for this many lines that had no room.
        case dropped(Int)

        /// What it takes of the limit: its bytes and the array around them.
        var cost: Int {
            switch self {
            case .line(let bytes): bytes.count + 32
            case .dropped: 128
            }
        }

        var lineCount: Int {
            switch self {
            case .line: 1
            case .dropped(let count): count
            }
        }
    }

    private let bytesMax: Int
    private var entries: [Entry] = []
    /// Lines that had no room since the last line that had.
    private(set) var dropped = 0
    /// What the entries here and those that were taken and not settled yet cost.
    private(set) var bytes = 0

    init(bytesMax: Int) { self.bytesMax = bytesMax }

    /// Whether everything that came in was taken and settled.
    var isSettled: Bool { bytes == 0 }
    /// Whether lines wait to be taken.
    var hasEntries: Bool { !entries.isEmpty }

    mutating func append(_ line: [UInt8]) {
        let entry = Entry.line(line)
        let note = Entry.dropped(dropped)
        let cost = entry.cost + (dropped > 0 ? note.cost : 0)
        guard bytes + cost <= bytesMax else {
            dropped += 1
            return
        }
        if dropped > 0 {
            entries.append(note)
            dropped = 0
        }
        entries.append(entry)
        bytes += cost
    }

    /// All that waits, with the count of what was dropped since. They count against the limit until they are settled.
    mutating func take() -> [Entry] {
        if dropped > 0 {
            let note = Entry.dropped(dropped)
            entries.append(note)
            bytes += note.cost
            dropped = 0
        }
        defer { entries = [] }
        return entries
    }

    /// An entry that was taken is written.
    mutating func wrote(_ entry: Entry) { bytes -= entry.cost }

    /// An entry that was taken cannot be written: it counts as dropped.
    mutating func lost(_ entry: Entry) {
        bytes -= entry.cost
        dropped += entry.lineCount
    }
}
