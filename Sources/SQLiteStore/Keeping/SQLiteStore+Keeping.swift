import Logging
import ResponsesStore

/// What the store does by itself: it lets go of what is old, gives room back, and keeps the log short while nobody writes.
extension SQLiteStore {
    /// Between two looks at what is to do.
    package static var lookInterval: Duration { .seconds(30) }
    /// Between two steps of one work, so that it takes a small part of the disk.
    private static var stepInterval: Duration { .milliseconds(20) }
    /// So many responses, bytes of events, or pages go in one step, which takes a few milliseconds.
    private static var goneAtOnceMax: Int { 64 }
    private static var eventBytesAtOnceMax: Int { 1 << 20 }
    private static var pagesAtOnceMax: Int { 256 }
    /// Pages that hold nothing are kept up to this part of the file: what comes next needs them.
    private static var freePart: Int { 8 }
    /// How often old responses are looked for, in seconds: all old ones that stay for what continues them are looked at.
    private static var sweepInterval: Int { 10 * 60 }
    private static var optimizeInterval: Int { 24 * 60 * 60 }

    public func run() async {
        var nextSweep = hooks.now()
        var nextOptimize = hooks.now() + Self.optimizeInterval
        while !Task.isCancelled {
            do {
                try await letEventsGo()
                if hooks.now() >= nextSweep {
                    nextSweep = hooks.now() + Self.sweepInterval
                    try await letResponsesGo()
                }
                try await giveBack()
                if hooks.now() >= nextOptimize {
                    nextOptimize = hooks.now() + Self.optimizeInterval
                    try await writer.write { context in try context.db.run("PRAGMA optimize") }
                }
                try await shortenLog()
            } catch let error as StoreError where !Task.isCancelled {
                log?.warning("The store could not let go of what is old", metadata: ["error": "\(error.sentence)"])
            } catch {
                // Cancelled.
            }
            if let error = writer.checkpointer.takeFailure() {
                log?.warning("The store's log could not be moved into its file, and grows", metadata: ["error": "\(error.sentence)"])
            }
            guard (try? await hooks.sleep(Self.lookInterval)) != nil else { return }
        }
    }

    private static func seconds(_ duration: Duration) -> Int { Int(clamping: duration.components.seconds) }

    private func letEventsGo() async throws {
        let lifetime = Self.seconds(configuration.eventRetention)
        while try await writer.write({ context in
            let gone = try context.letEventsGo(
                usedBefore: context.now - lifetime, bytes: Self.eventBytesAtOnceMax, ofRunning: false)
            return gone >= Self.eventBytesAtOnceMax
        }) {
            try await hooks.sleep(Self.stepInterval)
        }
    }

    /// Goes once through all that are old enough; without a retention only through deleted ones, which count as never used.
    private func letResponsesGo() async throws {
        let lifetime = configuration.retention.map { Self.seconds($0) }
        var isFirst = true
        while try await writer.write({ [isFirst] context in
            if isFirst { context.oldSweep = Sweep() }
            let cutoff = lifetime.map { max(context.now - $0, 1) } ?? 1
            _ = try context.letGo(usedBefore: cutoff, atMost: Self.goneAtOnceMax, on: \.oldSweep)
            return !context.oldSweep.isAtEnd
        }) {
            isFirst = false
            try await hooks.sleep(Self.stepInterval)
        }
    }

    private func giveBack() async throws {
        while try await writer.write({ context in
            let size = try FileSize(context.db)
            let spare = size.freePages - size.pages / Self.freePart
            guard spare > 0 else { return false }
            try context.giveBack(pages: min(spare, Self.pagesAtOnceMax))
            return spare > Self.pagesAtOnceMax
        }) {
            try await hooks.sleep(Self.stepInterval)
        }
    }

    /// What was deleted stands in the log until it is written over; so it is emptied while nobody writes.
    private func shortenLog() async throws {
        guard writer.isIdle else { return }
        try await writer.write(isAlone: true) { [checkpointer = writer.checkpointer] context in try checkpointer.empty(in: context.db) }
    }
}
