import NIOCore
import NIOHTTPTypes
import ResponsesAPI
import ResponsesCore
import ResponsesStore

/// The events of a response that its client did not stay for, as server-sent events behind a number, until its last. Lives on the
/// channel's event loop.
///
/// It takes from the feed as much as its client takes, at its own pace. What the feed does not have any more comes from the log, a page at
/// a time.
final class FeedStream: AnswerOutput, @unchecked Sendable {
    // Proof of `@unchecked Sendable`: all mutable state is touched on the channel's loop only; the asynchronous methods run in the
    // request's task, whose executor is that loop.

    private let feed: ResponseFeed?
    private let id: ResponseID
    private let owner: Owner
    private let log: (any EventLog)?
    /// Counts what the client has not taken.
    private let memory: HeldMemory?
    /// So much of the log is read at a time, and waits for a slow client.
    private static let pageBytes = 128 << 10
    /// The number of the last event that was written.
    private var last: Int
    private var isGone = false
    private var waiting: Task<Void, Never>?

    /// - Parameters:
    ///   - feed: nil for a response that is over, whose events are in the log.
    ///   - number: the `sequence_number` of the last event that the client has; -1 for none.
    init(_ feed: ResponseFeed?, of id: ResponseID, owner: Owner, after number: Int, log: (any EventLog)?, memory: HeldMemory?) {
        self.memory = memory
        self.feed = feed
        self.id = id
        self.owner = owner
        self.log = log
        last = number
    }

    func clientGone() {
        isGone = true
        waiting?.cancel()
    }

    /// Each write is waited for.
    func channelBecameWritable() {}

    /// Writes the events as the body of an answer whose head was written to `channel`; returns when it has them all, or is gone.
    func send(to channel: any Channel) async {
        // The head leaves at once, though the next event may take long.
        channel.flush()
        await writeEvents(to: channel)
        if !isGone { await write("data: [DONE]\n\n", to: channel) }
        channel.pipeline.syncOperations.writeAndFlush(NIOAny(HTTPResponsePart.end(nil)), promise: nil)
    }

    private func writeEvents(to channel: any Channel) async {
        guard let feed else { return await writeLogged(to: channel) }
        let wakes = feed.wakes()
        while !isGone {
            switch feed.read(after: last) {
            case .events(let slice): await write(slice, to: channel)
            case .over: return
            case .forgotten:
                let before = last
                await writeLogged(to: channel)
                if last == before { return isCutOff(channel) }
            case .nothingYet:
                let wait = Task { for await _ in wakes { return } }
                waiting = wait
                await wait.value
                waiting = nil
            }
        }
    }

    /// Events are missing: the connection ends without a sign of the stream's end, so that nobody takes it for whole.
    private func isCutOff(_ channel: any Channel) {
        isGone = true
        channel.close(promise: nil)
    }

    private func writeLogged(to channel: any Channel) async {
        while !isGone {
            guard let page = try? await log?.events(of: id, after: last, atMost: Self.pageBytes, owner: owner) else {
                return isCutOff(channel)
            }
            if page.events.isEmpty { return }
            var slice = FeedSlice(first: page.first)
            for event in page.events {
                guard let name = event["type"]?.stringValue.flatMap({ EventName(rawValue: $0) }) else { return isCutOff(channel) }
                slice.json += event.bytes
                slice.marks.append((slice.json.count, name))
            }
            await write(slice, to: channel)
        }
    }

    private func write(_ slice: FeedSlice, to channel: any Channel) async {
        var buffer = channel.allocator.buffer(capacity: slice.json.count + slice.marks.count * 64)
        var start = 0
        for mark in slice.marks {
            buffer.writeStaticString("event: ")
            buffer.writeString(mark.name.rawValue)
            buffer.writeStaticString("\ndata: ")
            buffer.writeBytes(slice.json[start..<mark.end])
            buffer.writeStaticString("\n\n")
            start = mark.end
        }
        last = slice.end - 1
        await write(buffer, to: channel)
    }

    private func write(_ text: StaticString, to channel: any Channel) async {
        var buffer = channel.allocator.buffer(capacity: text.utf8CodeUnitCount)
        buffer.writeStaticString(text)
        await write(buffer, to: channel)
    }

    /// Returns when the channel took the bytes: one write at a time is all that is held for a slow client.
    private func write(_ buffer: ByteBuffer, to channel: any Channel) async {
        let promise = memory?.sending(buffer, on: channel) ?? channel.eventLoop.makePromise(of: Void.self)
        channel.writeAndFlush(HTTPResponsePart.body(buffer), promise: promise)
        do {
            try await promise.futureResult.get()
        } catch {
            isGone = true
        }
    }
}
