import NIOCore
import ResponsesCore
import ResponsesEngine

/// Takes a generation's batches to its connection: at once on the connection's own loop, by a hop from anywhere else.
struct TurnSink: GenerationSink {
    let driver: ConnectionDriver
    let turn: TurnID

    func send(_ batch: GenerationBatch) {
        if driver.loop.inEventLoop {
            driver.generated(turn, batch)
        } else {
            driver.loop.execute { driver.generated(turn, batch) }
        }
    }

    var isReady: Bool { driver.gate.isReady }

    func ready() async { await driver.gate.wait() }
}
