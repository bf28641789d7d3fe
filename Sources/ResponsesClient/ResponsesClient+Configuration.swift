import Logging
import NIOCore
import NIOPosix
import NIOSSL
import ResponsesAPI

extension ResponsesClient {
    /// How turns are sent.
    public enum Transport: String, Sendable, Hashable {
        /// One WebSocket; HTTP where the server has no WebSocket, and for messages above its limit.
        case automatic
        /// `POST` with server-sent events. Only what the server stores is continued by id.
        case http
    }

    public struct Configuration: Sendable {
        /// The base URL, such as `http://127.0.0.1:8484/v1`. Without a path, `/v1` is used.
        public var url: String
        /// Sent as `Authorization: Bearer`, on the upgrade and on every HTTP request.
        public var key: String?
        /// More headers for the upgrade and for HTTP requests.
        public var headers: [(name: String, value: String)] = []
        /// The start of every turn's request: model, instructions, `store` and whatever else all turns share.
        public var template = CreateRequest()
        public var transport = Transport.automatic
        public var limits = ClientLimits()
        /// For https: by default the system's roots are trusted.
        public var tls = TLSConfiguration.makeClientConfiguration()
        /// Where connections live.
        public var eventLoopGroup: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
        /// Gets connections that open and close, at `debug`; never keys, prompts or outputs.
        public var logger = Logger(label: "hotline.client", factory: { _ in SwiftLogNoOpLogHandler() })

        public init(url: String, key: String? = nil) {
            self.url = url
            self.key = key
        }
    }
}

extension ServerAccess {
    /// - Throws: `ClientError` when the address cannot be used, or HTTP cannot carry a header.
    init(_ configuration: ResponsesClient.Configuration) throws(ClientError) {
        try self.init(
            url: configuration.url, key: configuration.key, headers: configuration.headers, limits: configuration.limits,
            tls: configuration.tls)
    }
}
