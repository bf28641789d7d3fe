/// Why a measurement cannot be made: one sentence, and what to do about it.
public struct BenchError: Error, Hashable, CustomStringConvertible {
    public var message: String
    public var wayOut: String

    public init(_ message: String, wayOut: String) {
        self.message = message
        self.wayOut = wayOut
    }

    public var description: String { "\(message). \(wayOut)" }
}
