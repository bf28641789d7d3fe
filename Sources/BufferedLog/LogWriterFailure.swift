/// Why a `LogWriter` could not be made.
public struct LogWriterFailure: Error, Sendable, CustomStringConvertible {
    let reason: String
    public var description: String { "The log cannot be written: \(reason)." }
}
