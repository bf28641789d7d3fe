import Hummingbird
import Logging
import NIOCore
import ResponsesAPI

/// What a request carries to its route.
struct HotlineRequestContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let channel: any Channel
    /// The owner is set by `AdmissionMiddleware` for routes that need a key.
    var identity: ConnectionIdentity
    /// Why the request is refused before anything else is asked.
    var problem: RequestProblem?
    /// The request's body, if it was here with its head: at hand without the tasks of an asynchronous sequence.
    var wholeBody: ByteBuffer?
    /// The connection's requests, of which this is the newest; nil in tests of the router alone.
    var requests: IncomingRequests?

    init(source: Source) {
        coreContext = CoreRequestContextStorage(source: source)
        channel = source.channel
        identity = ConnectionIdentity(owner: .anybody, requestID: RequestIDs.make())
    }
}
