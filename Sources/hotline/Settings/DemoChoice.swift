/// When the demo model is served.
enum DemoChoice: Sendable, Hashable {
    case yes, no
    /// Where no engine is found on this machine.
    case ifNoEngine

    init(_ given: GivenValue) throws(Failure) {
        switch YesNo.read(given.text) {
        case true?: self = .yes
        case false?: self = .no
        case nil where given.text == "if-no-engine": self = .ifNoEngine
        case nil:
            throw .wrong(given.source, "'\(given.text)' is neither yes, no nor if-no-engine", "Set it to one of them.")
        }
    }
}
