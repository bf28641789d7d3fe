/// A broken rule of a contract, before it is known in which check.
struct BrokenRule: Error {
    var sentence: String

    static func require(_ holds: Bool, _ sentence: @autoclosure () -> String) throws(BrokenRule) {
        if !holds { throw BrokenRule(sentence: sentence()) }
    }
}
