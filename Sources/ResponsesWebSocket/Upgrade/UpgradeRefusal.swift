import NIOHTTP1

/// A server answered a handshake with another status than 101.
package struct UpgradeRefusal: Error, Equatable, Sendable {
    package var status: Int
    package var headers: HTTPHeaders
    /// At most `WebSocketClientHandshake.bodyBytesMax`.
    package var body: [UInt8]
}
