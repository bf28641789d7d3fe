import ResponsesCore

/// A body that is being read, when memory is over: its request is refused. On the request's event loop.
final class BodyReader: MemoryGiver {
    private let requests: IncomingRequests?
    private(set) var isRefused = false

    init(_ requests: IncomingRequests?) { self.requests = requests }

    func giveWay(downTo bytes: Int) {
        isRefused = true
        requests?.refuse(.memoryOver)
    }
}
