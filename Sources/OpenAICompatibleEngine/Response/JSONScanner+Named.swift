import ResponsesAPI

extension JSONScanner {
    /// Whether a member is called `name`, spelled without escapes, as every engine does.
    ///
    /// `matches` does the same for any spelling. This one is compiled into the loop that reads a chunk, a dozen times a token:
    /// a call into the other module costs a turn of 32 deltas some 3 % more.
    func isNamed(_ key: StringSpan, _ name: StaticString) -> Bool {
        guard key.range.count == name.utf8CodeUnitCount else { return false }
        let bytes = bytes(key.range)
        for index in 0..<bytes.count where bytes[index] != name.utf8Start[index] { return false }
        return true
    }
}
