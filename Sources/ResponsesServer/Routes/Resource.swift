import HTTPTypes
import Hummingbird
import ResponsesCore

/// A path of the server and what each method does there.
struct Resource: Sendable {
    typealias Handler = @Sendable (Request, HotlineRequestContext) async throws -> Response

    /// Below the prefix, such as `responses/compact`. A part such as `:id` stands for any one part, `**` at the end for one or more.
    let path: String
    /// Where it is found: below `/v1`, for clients that leave that out below the root, and for those of Azure below `/openai/v1`; or
    /// below the root only.
    let prefixes: [String]
    /// Whether it needs a key where the server has keys, and a permitted origin.
    let isGuarded: Bool
    /// Whether a WebSocket can be opened there.
    let takesSocket: Bool
    /// Whose errors it answers with; nil for those of OpenAI's APIs.
    private(set) var wire: (any Wire)?
    private(set) var handlers: [(method: HTTPRequest.Method, handler: Handler)] = []

    /// A resource of the API.
    init(_ path: String, takesSocket: Bool = false) {
        self.init(path, prefixes: ["v1", "", "openai/v1"], isGuarded: true, takesSocket: takesSocket)
    }

    /// A resource of the API at one place only.
    static func below(_ prefix: String, _ path: String) -> Resource {
        Resource(path, prefixes: [prefix], isGuarded: true, takesSocket: false)
    }

    /// A resource for whoever looks after the server: at the root, without a key.
    static func open(_ path: String) -> Resource {
        Resource(path, prefixes: [""], isGuarded: false, takesSocket: false)
    }

    private init(_ path: String, prefixes: [String], isGuarded: Bool, takesSocket: Bool) {
        self.path = path
        self.prefixes = prefixes
        self.isGuarded = isGuarded
        self.takesSocket = takesSocket
    }

    /// A resource whose errors are worded by a wire.
    func speaking(_ wire: any Wire) -> Resource {
        var resource = self
        resource.wire = wire
        return resource
    }

    func on(_ method: HTTPRequest.Method, _ handler: @escaping Handler) -> Resource {
        var resource = self
        resource.handlers.append((method, handler))
        return resource
    }

    /// Its whole paths, with a slash in front.
    var paths: [String] { prefixes.map { $0.isEmpty ? "/\(path)" : "/\($0)/\(path)" } }

    /// Whether a request's path is the path `own` of a resource; empty parts do not count.
    static func matches(_ path: String, _ own: String) -> Bool {
        let (parts, own) = (path.split(separator: "/"), own.split(separator: "/"))
        let named = own.last == "**" ? own.dropLast() : own[...]
        guard own.last == "**" ? parts.count >= own.count : parts.count == own.count else { return false }
        return zip(named, parts).allSatisfy { $0.first == ":" || $0 == $1 }
    }

    /// How many parts of a resource's own path stand for others. Of the paths that a request's path is, that with the fewest is meant.
    static func openness(_ own: String) -> Int { own.split(separator: "/").count { $0.first == ":" || $0 == "**" } }
}
