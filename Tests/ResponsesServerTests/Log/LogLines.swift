import Logging
import Synchronization

@testable import ResponsesServer

/// Log lines as `warning engine failed request=req_1 ms=12`, metadata in the server's order; numbers stand as they are,
/// texts that hold blanks in quotes.
final class LogLines: Sendable {
    private let kept = Mutex([String]())

    var lines: [String] { kept.withLock { $0 } }

    var logger: Logger {
        Logger(label: "test") { _ in
            RecordingHandler { event, _ in
                let line = Self.line(event)
                self.kept.withLock { $0.append(line) }
            }
        }
    }

    private static func line(_ event: LogEvent) -> String {
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
        return line
    }
}
