import ResponsesEngine

extension Script {
    /// How a turn is to fail.
    struct Failure: Hashable, Sendable {
        enum Kind: Hashable, Sendable {
            /// Inside the model.
            case fail
            case overload
            case rateLimit(seconds: Int)
            /// In mid-stream.
            case breakOff(afterTokens: Int)
        }

        var kind: Kind
        /// The turn fails this often, and succeeds then; nil fails it each time.
        var times: Int?
    }

    /// No word of the answer for some time, such as that of an engine with a long queue, or one that hangs.
    struct Silence: Hashable, Sendable {
        var seconds: Double
        var afterTokens: Int
    }

    /// What is wrong with the ids of calls.
    enum CallIDs: String, Sendable {
        /// They have none, as those of some engines.
        case missing = "none"
        /// All have the same, in all turns.
        case same
    }
}

extension Script.Failure {
    static let brokenOff = EngineError(.interrupted, "The scripted model broke off in the middle of its answer, as its script says.")

    /// What is thrown before anything is read; nil for one in mid-stream.
    var atOnce: EngineError? {
        switch kind {
        case .fail: EngineError(.failed, "The scripted model failed, as its script says.")
        case .overload: EngineError(.overloaded, "The scripted model has too much to do, as its script says. Try again later.")
        case .rateLimit(let seconds):
            EngineError(
                .rateLimited, "The scripted model is asked too often, as its script says. Try again in \(seconds)s.",
                retryAfterSeconds: seconds)
        case .breakOff: nil
        }
    }
}
