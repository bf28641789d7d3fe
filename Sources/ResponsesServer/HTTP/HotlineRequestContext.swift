import Hummingbird
import Logging
import NIOCore

/// What a request carries to its route.
struct HotlineRequestContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let channel: any Channel
    let requestID: String
    /// Set by `AdmissionMiddleware` for routes that need a key.
    var owner: Owner = .anybody

    init(source: Source) {
        coreContext = CoreRequestContextStorage(source: source)
        channel = source.channel
        requestID = RequestIDs.make()
    }
}
