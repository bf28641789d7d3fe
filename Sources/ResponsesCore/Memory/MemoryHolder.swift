/// Who holds bytes of an account and can give them up.
public protocol MemoryHolder: AnyObject, Sendable {
    /// Gives up what its account holds beyond so many bytes, or what it can, with a proper error to whoever loses something; then
    /// calls `MemoryBook.gaveWay`.
    ///
    /// Called from any thread, and again while it does; returns at once.
    func giveWay(downTo bytes: Int)
}
