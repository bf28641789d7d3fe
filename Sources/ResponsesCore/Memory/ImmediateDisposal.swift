/// Frees at once.
struct ImmediateDisposal: Disposal {
    func dispose(of large: any Sendable) {}
    func released(bytes: Int) {}
}
