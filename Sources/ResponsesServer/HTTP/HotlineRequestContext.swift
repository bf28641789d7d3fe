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

    init(source: Source) {
        coreContext = CoreRequestContextStorage(source: source)
        channel = source.channel
        identity = ConnectionIdentity(owner: .anybody, requestID: RequestIDs.make())
    }
}
