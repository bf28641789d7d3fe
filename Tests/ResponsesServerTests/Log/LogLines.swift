import Logging
import Synchronization

@testable import ResponsesServer

/// Log lines as `warning engine failed request=req_1 ms=12`, metadata in the server's order; numbers stand as they are,
/// texts that hold blanks in quotes.
final class LogLines: Sendable {
    private let kept = Kept()

    var lines: [String] { kept.lines.withLock { $0 } }

    var logger: Logger { Logger(label: "test") { _ in Handler(kept: self.kept) } }

    private final class Kept: Sendable {
        let lines = Mutex([String]())
    }

    private struct Handler: LogHandler {
        let kept: Kept
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let metadata = event.metadata ?? [:]
            var line = "\(event.level) \(event.message)"
            let unknown = metadata.keys.filter { !ServerLog.keys.contains($0) }.sorted()
            for key in ServerLog.keys + unknown {
                switch metadata[key] {
                case nil: continue
                case .stringConvertible(let number)?: line += " \(key)=\(number)"
                case let text?: line += text.description.contains(" ") ? " \(key)=\"\(text)\"" : " \(key)=\(text)"
                }
            }
            let whole = line
            kept.lines.withLock { $0.append(whole) }
        }
    }
}
