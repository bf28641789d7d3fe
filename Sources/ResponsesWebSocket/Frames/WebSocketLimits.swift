/// Every bound of one WebSocket, each with its reason.
package struct WebSocketLimits: Sendable, Equatable {
    /// The most bytes of one received message, fragments together; above it the socket closes with 1009.
    /// 64 MiB: histories with images reach 16 MiB, and a JSON body this large is still read within a second.
    package var messageBytesMax = 64 << 20

    /// The most frames one message may come in; above it 1009, so that endless empty fragments end.
    /// 131,072 lets the largest message come in pieces of 512 bytes, and 4 MiB in pieces of 64.
    package var fragmentsMax = 131_072

    /// How many bytes may wait for a peer that does not read before the connection is dropped. Senders are expected to
    /// stop at `isWritable`; this bounds what a sender that does not stop would pile up. 64 MiB, the size of the largest message.
    package var pendingBytesMax = 64 << 20

    /// How many bytes the frames of one loop tick may take before `isWritable` turns false until they are flushed.
    /// 64 KiB: NIO's own high watermark, beyond which a socket rarely takes more in one system call.
    package var tickBytesMax = 64 << 10

    /// How many pings are answered one by one in one loop tick; of more only the newest is (RFC 6455 section 5.5.3).
    /// 32 pongs are at most 4 KiB.
    package var pongsPerTickMax = 32

    /// How long the closing handshake may take before TCP is closed.
    /// 5 s covers a slow round trip and keeps a shutdown short.
    package var closeTimeout: Duration = .seconds(5)

    /// How often a ping is sent; nil for never. 30 s: below the 60 s after which common proxies drop a silent connection.
    package var pingInterval: Duration? = .seconds(30)

    /// How long a peer may send no byte at all, nor take any that wait for it, before it counts as gone; checked only while pings
    /// are sent. 60 s: two pings may be lost.
    package var pongTimeout: Duration = .seconds(60)

    /// How long a peer may take nothing while a ping waits behind what it has not taken, so that it cannot answer.
    /// 60 s: as long as one that could.
    package var writeStallMax: Duration = .seconds(60)

    package init() {}
}
