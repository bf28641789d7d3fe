import NIOCore

extension FailureWords {
    /// - Parameters:
    ///   - secrets: what must never be read, such as the engine's key.
    ///   - request: the body that was sent.
    init(secrets: [String] = [], request: [ByteBuffer]) {
        let pieces: Pieces = { take in
            for buffer in request { buffer.withUnsafeReadableBytes(take) }
        }
        self.init(secrets: secrets, pieces: request.isEmpty ? nil : pieces)
    }
}
