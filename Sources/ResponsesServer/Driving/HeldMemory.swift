import NIOCore
import ResponsesAPI
import ResponsesCore

/// What one connection, or one HTTP request, holds, in the server's book; and how it gives way. On its event loop.
///
/// Opened when the first byte is to be held. Closed when its turns are over and the client took what was written for it.
final class HeldMemory: MemoryHolder, @unchecked Sendable {
    // Proof of `@unchecked Sendable`: all mutable state is touched on `loop` only, but for `opened`, which is set before the
    // object is shared; `giveWay` hops to the loop.

    private let loop: any EventLoop
    private let book: MemoryBook
    private let owner: Owner
    private var opened: MemoryAccount?
    /// What gives way: whoever reads a body, then the connection, then the channel that does not take its bytes. Held until `end`.
    private var giver: (any MemoryGiver)?
    private var unsentInChannel = 0
    /// Work beside the loop, which holds what is counted here however its turn or connection ends.
    private var works = 0
    /// Where bytes are that the client has not taken.
    private weak var channelToClose: (any Channel)?
    private var isOver = false

    init(_ book: MemoryBook, of owner: Owner, loop: any EventLoop) {
        self.book = book
        self.owner = owner
        self.loop = loop
        opened = book.open(for: owner, self)
    }

    var account: MemoryAccount {
        guard let opened else { preconditionFailure("An account is opened with its holder.") }
        return opened
    }

    /// From now on `giver` is asked to give way.
    func isHeld(by giver: some MemoryGiver) { self.giver = giver }

    /// Says how much is held for a use.
    func set(_ bytes: Int, for use: MemoryUse) {
        account.set(bytes, for: use)
        check()
    }

    /// Whether somebody has to give way now that more is held.
    func check() {
        if book.isOver(account, of: owner) { book.relieve() }
    }

    /// How many times a large message is held while it is read: as it came, and as an item is when it was read.
    static let readFactor = 3

    /// From this size on bytes that the client has not taken are counted. A channel holds less of each client.
    static let sendingBytesMin = 32 << 10

    /// Counts bytes that are given to a channel until it has sent them.
    ///
    /// - Returns: a promise for the channel to keep; nil for so few that they are not counted.
    func sending(_ bytes: ByteBuffer, on channel: any Channel) -> EventLoopPromise<Void>? {
        guard bytes.readableBytes >= Self.sendingBytesMin else { return nil }
        // What is allocated for them, which is up to twice as much.
        let count = bytes.storageCapacity
        unsentInChannel += count
        account.add(count, for: .unsent)
        check()
        let promise = loop.makePromise(of: Void.self)
        promise.futureResult.assumeIsolated().whenComplete { _ in
            self.unsentInChannel -= count
            self.account.subtract(count, for: .unsent)
            self.closeIfDone()
        }
        channelToClose = channel
        return promise
    }

    func workBegan() { works += 1 }

    func workEnded() {
        works -= 1
        closeIfDone()
    }

    /// Nothing is held any more but what the channel still has to send, and what is worked on.
    func end() {
        isOver = true
        giver = nil
        closeIfDone()
    }

    private func closeIfDone() {
        guard isOver, unsentInChannel == 0, works == 0 else { return }
        book.close(account, of: owner)
    }

    func giveWay(downTo bytes: Int) {
        loop.execute {
            guard self.account.bytes > bytes else { return self.book.gaveWay(self.account) }
            if let giver = self.giver {
                giver.giveWay(downTo: bytes)
            } else if self.unsentInChannel > 0 {
                // The answer is whole, and its client does not take it.
                self.channelToClose?.close(promise: nil)
            }
            self.book.gaveWay(self.account)
        }
    }
}
