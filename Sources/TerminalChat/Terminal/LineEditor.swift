import Synchronization
import ThreadTools

/// Asks for lines, with history, completion and pastes. The editing itself blocks, on its own thread.
///
/// Lines are handed over one at a time: the thread waits for a question, edits, returns the line, and waits again. The caller
/// makes sure that nothing else writes to the terminal while a line is edited.
final class LineEditor: Sendable {
    struct Question: Hashable, Sendable {
        var prompt: String
        var style = Style.plain
        /// Whether the answer can be called back with the arrow keys.
        var isRemembered = true
        /// Whole lines that Tab may make of what was typed.
        var completions: [String] = []
    }

    /// What the thread has to do; it takes all of it at once.
    struct Orders: Sendable {
        var question: Question?
        var isInterrupted = false
        var isResized = false
        var wentOn = false
        var isClosed = false
    }

    private struct State {
        var orders = Orders()
        var answer: CheckedContinuation<EditedLine, Never>?
        var hasEnded = false
        var farewell: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())
    let wakeUp: WakePipe

    /// - Parameter historyFile: where lines are kept between runs; nil keeps them in memory only, as prompts are private.
    init?(palette: Palette, historyFile: String?) {
        guard let pipe = WakePipe() else { return nil }
        wakeUp = pipe
        // The thread holds the editor until it is closed.
        guard WorkerThread.start({ [self] in EditorThread(self, palette, historyFile).run() }) else { return nil }
    }

    /// Edits one line; a cancelled task interrupts it. One question at a time: a second traps.
    func ask(_ question: Question) async -> EditedLine {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    if state.hasEnded || state.orders.isClosed { return true }
                    precondition(state.answer == nil, "A line is being edited already.")
                    state.answer = continuation
                    state.orders.question = question
                    // A Ctrl-C from before the question was shown does not concern it, unless it cancelled the task.
                    state.orders.isInterrupted = Task.isCancelled
                    return false
                }
                if isOver { return continuation.resume(returning: .ended) }
                wakeUp.wake()
            }
        } onCancel: {
            interrupt()
        }
    }

    /// Ends the line being edited, if there is one.
    func interrupt() { order { $0.isInterrupted = true } }
    func resize() { order { $0.isResized = true } }
    func goOn() { order { $0.wentOn = true } }
    /// Ends the line being edited, and every further question at once.
    func end() { order { $0.isClosed = true } }

    /// Ends the line being edited and the thread; the terminal is as it was before.
    func close() async {
        await withCheckedContinuation { continuation in
            let isOver = state.withLock { state in
                state.orders.isClosed = true
                if !state.hasEnded { state.farewell = continuation }
                return state.hasEnded
            }
            if isOver { return continuation.resume() }
            wakeUp.wake()
        }
    }

    private func order(_ change: (inout Orders) -> Void) {
        state.withLock { change(&$0.orders) }
        wakeUp.wake()
    }

    // MARK: The thread's side

    func takeOrders() -> Orders {
        state.withLock { state in
            defer {
                state.orders = Orders(isClosed: state.orders.isClosed)
            }
            return state.orders
        }
    }

    func answer(_ line: EditedLine) {
        let answer = state.withLock { state in
            defer { state.answer = nil }
            return state.answer
        }
        answer?.resume(returning: line)
    }

    func threadEnded() {
        let (answer, farewell) = state.withLock { state in
            defer { (state.answer, state.farewell, state.hasEnded) = (nil, nil, true) }
            return (state.answer, state.farewell)
        }
        answer?.resume(returning: .ended)
        farewell?.resume()
    }
}
