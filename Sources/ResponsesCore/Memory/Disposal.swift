/// Frees what takes long to free: chains of thousands of nodes, requests of ten thousands of items.
///
/// A loop that frees them itself would keep its other connections waiting.
public protocol Disposal: Sendable {
    /// Drops its reference to `large`, later and elsewhere.
    func dispose(of large: any Sendable)

    /// So many bytes are not held any more: what an allocator keeps of them may go back to the system.
    func released(bytes: Int)
}
