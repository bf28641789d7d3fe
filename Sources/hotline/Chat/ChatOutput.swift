import ResponsesClient
import Synchronization

/// Where a chat shows what happens.
protocol ChatOutput: Sendable {
    func show(_ happening: Happening)
    /// Shows a call in full, before a person is asked about it.
    func present(_ use: Happening.ToolUse)
    /// The answer, when all of it is there.
    ///
    /// - Throws: `ToolFailure` when it could not be written.
    func finish(_ answer: String) throws(ToolFailure)
}

/// A terminal: everything as it comes.
final class Screen: ChatOutput {
    private let painter: Mutex<TurnPainter>

    init(palette: Palette, isMarkdown: Bool) {
        painter = Mutex(TurnPainter(width: Terminal.columns, palette: palette, isMarkdown: isMarkdown))
    }

    func show(_ happening: Happening) { write { $0.paint(happening) } }
    func present(_ use: Happening.ToolUse) { write { $0.present(use) } }
    func finish(_ answer: String) {}

    /// Text of the program's own, which holds nothing of a model's.
    func write(_ text: String) { write { _ in text } }

    /// Written under the lock, so that the order stays; a slow terminal slows the model.
    private func write(_ paint: (inout TurnPainter) -> String) {
        painter.withLock { painter in
            painter.resize(to: Terminal.columns)
            Standard.output(paint(&painter))
        }
    }
}

/// A pipe or a file: the last answer alone, whole; what happens on the way goes to standard error.
///
/// Not as it comes: an answer that is cut by the network is asked again, and what was written could not be taken back.
final class PipedOutput: ChatOutput {
    private let painter: Mutex<TurnPainter>

    init(columns: Int) {
        painter = Mutex(TurnPainter(width: columns, palette: .plain, isMarkdown: false))
    }

    func show(_ happening: Happening) {
        switch happening {
        case .asked, .text, .reasoning, .partEnded, .ended: break
        default: painter.withLock { Standard.error($0.paint(happening)) }
        }
    }

    func present(_ use: Happening.ToolUse) { painter.withLock { Standard.error($0.present(use)) } }

    func finish(_ answer: String) throws(ToolFailure) {
        let safe = SafeText.forReading(answer)
        let code = Standard.output(safe.hasSuffix("\n") ? safe : safe + "\n")
        if let code { throw ToolFailure(Standard.cannotWrite(code)) }
    }
}
