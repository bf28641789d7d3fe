/// Where a generation's batches go.
public protocol GenerationSink: Sendable {
    /// Takes a batch. Call it from one place at a time; cheap when called on the loop the generation was started on.
    func send(_ batch: GenerationBatch)

    /// Whether the reader keeps up. False: await `ready()` before the next batch.
    var isReady: Bool { get }

    /// Returns when the reader keeps up, or the generation is cancelled.
    func ready() async
}
