import LibC
import NIOCore
import NIOPosix

/// One client's connection through a `FaultProxy`, and the proxy's own to the server. All on the proxy's loop.
///
/// `@unchecked Sendable`: as the proxy's loop is the only one that its channels, its timers and its callers are on.
final class ProxiedConnection: @unchecked Sendable {
    private let number: Int
    private let client: any Channel
    private unowned let proxy: FaultProxy
    private var server: (any Channel)?

    private var requests = RequestPieces()
    private var answers = AnswerPieces()
    private var events = 0
    /// Came from the client before the server was reached.
    private var early: [UInt8] = []
    private var hasEndedEarly = false

    /// Nothing passes now, neither from the server nor from the client.
    private var isDeafToServer = false
    private var isDeafToClient = false
    /// Behind this what comes later waits, so that order is kept.
    private var last: [FaultProxy.Side: NIODeadline] = [:]
    private var holdUntil = NIODeadline.uptimeNanoseconds(0)

    init(_ number: Int, _ client: any Channel, _ proxy: FaultProxy) {
        self.number = number
        self.client = client
        self.proxy = proxy
    }

    func connect(to port: Int) {
        ClientBootstrap(group: proxy.loop)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(ProxyReader { self.fromServer($0) })
                }
            }
            .connect(host: "127.0.0.1", port: port)
            .assumeIsolated().whenComplete { result in
                switch result {
                case .success(let channel): self.connected(channel)
                // As the server does itself when it is not there.
                case .failure: self.perform(.refuse)
                }
            }
    }

    private func connected(_ channel: any Channel) {
        guard client.isActive else { return channel.close(promise: nil) }
        server = channel
        let early = early
        self.early = []
        if !early.isEmpty { fromClient(.bytes(early)) }
        if hasEndedEarly { fromClient(.ended) }
    }

    func clientGone() {
        isDeafToServer = true
        server?.close(promise: nil)
    }

    func tearDown() {
        client.close(promise: nil)
        server?.close(promise: nil)
    }

    // MARK: What comes

    func fromClient(_ reading: ProxyReader.Reading) {
        guard !isDeafToClient else {
            // What the client answers to a close frame of ours, or the end of what it says to nobody.
            if closesOnAnswer || reading == .ended { end() }
            return
        }
        guard server != nil else {
            switch reading {
            case .bytes(let bytes): early += bytes
            case .ended: hasEndedEarly = true
            }
            return
        }
        switch reading {
        case .bytes(let bytes):
            for piece in requests.read(bytes) {
                if let isUpgrade = piece.isUpgrade, let fault = proxy.decide(.asked(isUpgrade: isUpgrade), number, events) {
                    perform(fault)
                }
                if isDeafToClient { return }
                toServer(piece.bytes)
            }
        case .ended: inOrder(.server, after: proxy.delay.toServer) { self.server?.close(mode: .output, promise: nil) }
        }
    }

    private func fromServer(_ reading: ProxyReader.Reading) {
        guard !isDeafToServer else { return }
        switch reading {
        case .bytes(let bytes):
            for piece in answers.read(bytes) {
                guard let type = piece.event else {
                    toClient(piece.bytes)
                    continue
                }
                events += 1
                if let fault = proxy.decide(.event(type: type), number, events) {
                    perform(fault, around: piece.bytes)
                } else {
                    toClient(piece.bytes)
                }
                if isDeafToServer { return }
            }
        case .ended: inOrder(.client, after: proxy.delay.toClient) { self.client.close(mode: .output, promise: nil) }
        }
    }

    // MARK: What is done to it

    /// Whether the client's next bytes are its answer to a close frame, which ends TCP.
    private var closesOnAnswer = false

    func perform(_ fault: FaultProxy.Fault, around piece: [UInt8] = []) {
        switch fault {
        case .reset(let place):
            pass(piece, until: place)
            inOrder(.client, after: .zero) { self.reset() }
            goDeaf()
        case .end(let place):
            pass(piece, until: place)
            end()
        case .halfClose(.client):
            toClient(piece)
            isDeafToServer = true
            inOrder(.client, after: .zero) { self.client.close(mode: .output, promise: nil) }
        case .halfClose(.server):
            toClient(piece)
            inOrder(.server, after: .zero) { self.server?.close(mode: .output, promise: nil) }
        case .blackHole: goDeaf()
        case .inject(let bytes): toClient(bytes + piece)
        case .close(1006):
            toClient(piece)
            end()
        case .close(let code):
            let payload: [UInt8] = code == 1005 ? [] : [UInt8(code >> 8), UInt8(code & 0xFF)]
            toClient(piece + [0x88, UInt8(payload.count)] + payload)
            goDeaf()
            closesOnAnswer = true
            server?.close(promise: nil)
        case .hold(let time):
            holdUntil = max(holdUntil, .now() + TimeAmount(time))
            toClient(piece)
        case .refuse:
            goDeaf()
            reset()
        case .answer(let status, let headers, let body):
            goDeaf()
            toClient(
                Array("HTTP/1.1 \(status) X\r\n\(headers)Content-Length: \(body.utf8.count)\r\nConnection: close\r\n\r\n\(body)".utf8))
            end()
        }
    }

    private func pass(_ piece: [UInt8], until place: FaultProxy.Place) {
        switch place {
        case .before: break
        case .within: toClient(Array(piece.prefix(piece.count / 2)))
        case .after: toClient(piece)
        }
    }

    private func goDeaf() {
        isDeafToServer = true
        isDeafToClient = true
    }

    /// FIN, as of a process that ends; the client's own end closes the rest.
    private func end() {
        goDeaf()
        closesOnAnswer = false
        inOrder(.client, after: .zero) {
            self.client.close(mode: .output, promise: nil)
            self.server?.close(promise: nil)
        }
        // A client that keeps its half open is not waited for.
        proxy.loop.assumeIsolated().scheduleTask(in: .seconds(5)) { self.tearDown() }
    }

    private func reset() {
        // Without lingering the end is a reset.
        _ = (client as? any SocketOptionProvider)?.setSoLinger(linger(l_onoff: 1, l_linger: 0))
        client.close(promise: nil)
        server?.close(promise: nil)
    }

    // MARK: What passes

    private func toClient(_ bytes: [UInt8]) {
        guard !bytes.isEmpty else { return }
        inOrder(.client, after: max(proxy.delay.toClient, holdUntil - .now())) {
            self.client.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil)
        }
    }

    private func toServer(_ bytes: [UInt8]) {
        guard !bytes.isEmpty else { return }
        inOrder(.server, after: proxy.delay.toServer) {
            self.server?.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil)
        }
    }

    /// Does it now, or at its time and behind all that waits already on its way to that side.
    private func inOrder(_ side: FaultProxy.Side, after delay: TimeAmount, _ body: @escaping () -> Void) {
        let now = NIODeadline.now()
        let time = max(now + delay, last[side] ?? now)
        guard time > now else { return body() }
        // One nanosecond apart, as timers of the same time have no order.
        last[side] = time + .nanoseconds(1)
        proxy.loop.assumeIsolated().scheduleTask(deadline: time) { body() }
    }
}
