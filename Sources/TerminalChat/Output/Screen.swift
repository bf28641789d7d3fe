import Synchronization

/// A terminal: everything as it comes.
final class Screen: ChatOutput {
    private let painter: Mutex<TurnPainter>

    init(palette: Palette, isMarkdown: Bool) {
        painter = Mutex(TurnPainter(width: Terminal.columns, palette: palette, isMarkdown: isMarkdown))
    }

    func show(_ event: ChatEvent) { write { $0.paint(event) } }
    func present(_ use: ChatEvent.ToolUse) { write { $0.present(use) } }
    func finish(_ answer: String) {}

    /// Text of the program itself, without anything that a model wrote.
    func write(_ text: String) { write { _ in text } }

    /// Written under the lock, so that the order stays; a slow terminal slows the model.
    private func write(_ paint: (inout TurnPainter) -> String) {
        painter.withLock { painter in
            painter.resize(to: Terminal.columns)
            StandardStream.output.write(paint(&painter))
        }
    }
}
