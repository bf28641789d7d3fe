import NIOCore
import NIOPosix
import ResponsesClient

/// The server that is measured.
public struct BenchTarget: Sendable {
    /// The base URL, such as `http://127.0.0.1:8484/v1`.
    public var url: String
    public var key: String?
    public var model: String
    /// Whether directives tell the model what to do in each turn; a real model is made to call tools by `tool_choice`.
    public var isScripted: Bool
    /// Where clients and proxies live. Not where the server does, when it runs in this process.
    public var eventLoopGroup: any EventLoopGroup

    public init(
        url: String, key: String? = nil, model: String, isScripted: Bool,
        eventLoopGroup: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
    ) {
        self.url = url
        self.key = key
        self.model = model
        self.isScripted = isScripted
        self.eventLoopGroup = eventLoopGroup
    }
}
