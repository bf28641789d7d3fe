/// A path through a network: what the proxy puts between client and server.
public struct Network: Sendable, Hashable {
    /// From the client to the server and back; half of it each way.
    public var roundTrip: Duration
    /// Bits per second from the client to the server; nil for a line that is never the bottleneck.
    public var upload: Double?
    /// Bits per second from the server to the client; nil as above.
    public var download: Double?

    public init(roundTrip: Duration = .zero, upload: Double? = nil, download: Double? = nil) {
        self.roundTrip = roundTrip
        self.upload = upload
        self.download = download
    }

    /// No delay at all: bytes are passed on as they come.
    public var isDirect: Bool { roundTrip == .zero && upload == nil && download == nil }
}
