import NIOCore
import ResponsesCore
import ResponsesEngine

/// Takes a generation's batches to its line: at once on the line's own loop, by a hop from anywhere else.
struct TurnSink: GenerationSink {
    let line: ConnectionDriver
    let turn: TurnID

    func send(_ batch: GenerationBatch) {
        if line.loop.inEventLoop {
            line.generated(turn, batch)
        } else {
            line.loop.execute { line.generated(turn, batch) }
        }
    }

    var isReady: Bool { line.gate.isReady }

    func ready() async { await line.gate.wait() }
}
