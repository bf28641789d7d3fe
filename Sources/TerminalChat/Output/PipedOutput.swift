import ResponsesClient
import Synchronization

/// A pipe or a file: only the last answer, when it is complete. What happens before goes to standard error.
///
/// Not as it comes: an answer that is cut by the network is asked again, and what was written could not be taken back.
final class PipedOutput: ChatOutput {
    private let painter: Mutex<TurnPainter>

    init(columns: Int) {
        painter = Mutex(TurnPainter(width: columns, palette: .plain, isMarkdown: false))
    }

    func show(_ event: ChatEvent) {
        switch event {
        case .asked, .text, .reasoning, .partEnded: break
        case .ended(let summary):
            if let early = summary.early { _ = StandardStream.error.write("\(SafeText.forReading(early))\n") }
        default: painter.withLock { _ = StandardStream.error.write($0.paint(event)) }
        }
    }

    func present(_ use: ChatEvent.ToolUse) { painter.withLock { _ = StandardStream.error.write($0.present(use)) } }

    func finish(_ answer: String) throws(ToolFailure) {
        let safe = SafeText.forReading(answer)
        let code = StandardStream.output.write(safe.hasSuffix("\n") ? safe : safe + "\n")
        if let code { throw ToolFailure(StandardStream.cannotWrite(code)) }
    }
}
