import ResponsesAPI
import ResponsesCore

/// A body that comes or is being read, when memory is over: its request is refused. On the request's event loop.
final class BodyReader: MemoryGiver {
    private let requests: IncomingRequests?
    private var isRefused = false

    private let onRefusal: () -> Void

    /// - Parameter onRefusal: called once, when the request is refused.
    init(_ requests: IncomingRequests?, onRefusal: @escaping () -> Void) {
        self.requests = requests
        self.onRefusal = onRefusal
    }

    func giveWay(downTo bytes: Int) {
        guard !isRefused else { return }
        isRefused = true
        onRefusal()
        requests?.refuse(.memoryOver)
    }

    /// - Throws: `APIError` when the request was refused.
    func check() throws(APIError) {
        if isRefused { throw .memoryOver }
    }
}
