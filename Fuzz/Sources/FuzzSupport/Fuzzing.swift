import FuzzDriver

/// Calls `body` with one input after another until the command line's limits end it. Never returns to the caller.
///
/// `body` traps to report a finding; libFuzzer writes the input to a file, which replays it when named as an argument.
public func fuzz(_ body: @escaping @convention(c) (UnsafePointer<UInt8>?, Int) -> Int32) -> Int32 {
    var count = CommandLine.argc
    var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
    return withUnsafeMutablePointer(to: &arguments) { pointer in
        pointer.withMemoryRebound(to: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?.self, capacity: 1) {
            LLVMFuzzerRunDriver(&count, $0, body)
        }
    }
}

/// The bytes of one input, taken from the front for choices and then as a whole.
public struct FuzzInput {
    private var bytes: ArraySlice<UInt8>

    public init(_ start: UnsafePointer<UInt8>?, _ count: Int) {
        bytes = Array(UnsafeBufferPointer(start: start, count: count))[...]
    }

    /// The next byte, 0 after the end.
    public mutating func nextByte() -> UInt8 { bytes.popFirst() ?? 0 }

    /// All bytes not yet taken.
    public var rest: [UInt8] { Array(bytes) }
}

/// Traps with a sentence when an expectation of a fuzzer does not hold.
public func require(_ condition: Bool, _ message: @autoclosure () -> String) {
    guard condition else { fatalError(message()) }
}
