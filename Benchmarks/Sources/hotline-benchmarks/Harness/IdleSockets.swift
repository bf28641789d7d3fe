#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Open WebSockets that say nothing: bare file descriptors, which take no memory of this process besides the server's.
final class IdleSockets {
    private var descriptors: [Int32] = []

    /// Opens `count` sockets, one after another.
    init(_ count: Int, port: Int) throws {
        descriptors.reserveCapacity(count)
        for _ in 0..<count { descriptors.append(try Self.open(port: port)) }
    }

    func close() {
        for descriptor in descriptors { Self.systemClose(descriptor) }
        descriptors = []
    }

    deinit { close() }

    private static func open(port: Int) throws -> Int32 {
        #if os(Linux)
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        #else
        let descriptor = socket(AF_INET, SOCK_STREAM, 0)
        #endif
        guard descriptor >= 0 else { throw BenchError("No socket: errno \(errno).") }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, size) }
        }
        guard connected == 0, upgrade(descriptor) else {
            systemClose(descriptor)
            throw BenchError("A socket could not be opened: errno \(errno).")
        }
        return descriptor
    }

    private static func upgrade(_ descriptor: Int32) -> Bool {
        let request =
            "GET /v1/responses HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAECAwQFBgcICQoLDA0ODw==\r\n\r\n"
        let bytes = Array(request.utf8)
        guard send(descriptor, bytes, bytes.count, 0) == bytes.count else { return false }
        var answer = [UInt8](repeating: 0, count: 2048)
        return recv(descriptor, &answer, answer.count, 0) > 12 && answer.starts(with: "HTTP/1.1 101".utf8)
    }

    private static func systemClose(_ descriptor: Int32) {
        #if canImport(Glibc)
        _ = Glibc.close(descriptor)
        #else
        _ = Darwin.close(descriptor)
        #endif
    }
}
