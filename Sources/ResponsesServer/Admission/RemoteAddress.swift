import LibC

/// Where a TCP connection comes from, as far as one party can be told from another.
enum RemoteAddress: Hashable, Sendable {
    /// This machine, or a socket without addresses.
    case local
    case v4(UInt32)
    /// The first half of an IPv6 address: the rest is the party's own choice.
    case v6(UInt64)

    /// - Parameter bytes: of an IPv4 or IPv6 address, in network order.
    init(_ bytes: some Collection<UInt8>) {
        let mapped: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]
        if bytes.count == 4 {
            self = bytes.first == 127 ? .local : .v4(bytes.reduce(0) { $0 << 8 | UInt32($1) })
        } else if bytes.count == 16, bytes.starts(with: mapped) {
            self.init(bytes.dropFirst(12))
        } else if bytes.count == 16, bytes.dropLast().contains(where: { $0 != 0 }) || bytes.reversed().first != 1 {
            self = .v6(bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) })
        } else {
            self = .local
        }
    }

    /// The peer of a socket.
    init(peerOf descriptor: CInt) {
        var storage = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let result = withUnsafeMutablePointer(to: &storage) { storage in
            storage.withMemoryRebound(to: sockaddr.self, capacity: 1) { getpeername(descriptor, $0, &size) }
        }
        // One that is gone already has no peer, and is closed soon.
        guard result == 0 else {
            self = .local
            return
        }
        self = withUnsafeBytes(of: storage) { bytes in
            switch CInt(storage.ss_family) {
            case AF_INET:
                let start = MemoryLayout<sockaddr_in>.offset(of: \.sin_addr) ?? 0
                return RemoteAddress(bytes[start..<start + 4])
            case AF_INET6:
                let start = MemoryLayout<sockaddr_in6>.offset(of: \.sin6_addr) ?? 0
                return RemoteAddress(bytes[start..<start + 16])
            default: return .local
            }
        }
    }
}
