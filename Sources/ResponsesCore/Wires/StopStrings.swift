/// What stop strings may be.
package enum StopStrings {
    /// Each place of an answer may be compared with all of a string, and so much of the answer is held back. Those of clients are words.
    package static let bytesMax = 256
}
