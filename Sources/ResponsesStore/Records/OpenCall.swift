/// A call that no output has answered yet, at the end of a response.
public struct OpenCall: Hashable, Sendable {
    public var callID: String
    /// A call cut by a limit need not be answered.
    public var mustBeAnswered: Bool

    public init(callID: String, mustBeAnswered: Bool) {
        self.callID = callID
        self.mustBeAnswered = mustBeAnswered
    }
}
