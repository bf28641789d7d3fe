import NIOPosix
import ResponsesCore

/// Frees what takes long to free on a thread that drives no connection.
struct DisposalBesideLoop: Disposal {
    func dispose(of large: any Sendable) {
        // Were the pool at its end, as the process is, it would be freed here.
        NIOThreadPool.singleton.submit { _ in _ = large }
    }

    func released(bytes: Int) { MemoryReturn.released(bytes: bytes) }
}
