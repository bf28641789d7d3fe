/// Who holds a client's bytes at the moment and can give them up. On the client's event loop.
protocol MemoryGiver: AnyObject {
    func giveWay(downTo bytes: Int)
}
