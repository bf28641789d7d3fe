import ResponsesCore
import ThreadTools

/// Frees what takes long to free on a thread that drives no connection.
struct DisposalBesideLoop: Disposal {
    func dispose(of large: any Sendable) { BesideLoop.drop(large) }

    func released(bytes: Int) { MemoryReturn.released(bytes: bytes) }
}
