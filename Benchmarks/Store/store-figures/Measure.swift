import LibC

/// Time that passed, and CPU time that the process took meanwhile.
struct Measure {
    private let begin = ContinuousClock.now
    private let cpu = Self.cpu()

    private static func cpu() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    func show(_ name: String, _ count: Int) {
        let time = (ContinuousClock.now - begin) / .seconds(1)
        let cpu = (Self.cpu() - cpu) * 1e6 / Double(count)
        print("\(name): \(Int(Double(count) / time)) a second, \(Double(Int(cpu * 10)) / 10) us of CPU each")
    }
}
