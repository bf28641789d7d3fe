import ResponsesEngine

extension Script {
    /// How a turn is to fail.
    struct Failure: Hashable, Sendable {
        enum Kind: Hashable, Sendable {
            /// Inside the model.
            case fail
            case overload
            /// As an engine does that cannot do what the request wants.
            case refuse
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
        /// They are counted in each turn anew: `call_0`, `call_1`.
        case counted = "count"
    }
}

extension Script.Failure.Kind {
    /// A failure whose directive needs nothing but its name, such as `[[fail]]`; nil when there is none of this name.
    init?(plainName: String) {
        switch plainName {
        case "fail": self = .fail
        case "overload": self = .overload
        case "refuse": self = .refuse
        default: return nil
        }
    }
}

extension Script.Failure {
    static let brokenOff = EngineError(.interrupted, "The scripted model broke off in the middle of its answer, as its script says.")

    /// What is thrown before anything is read; nil for one in mid-stream.
    var atOnce: EngineError? {
        switch kind {
        case .fail: EngineError(.failed, "The scripted model failed, as its script says.")
        case .overload: EngineError(.overloaded, "The scripted model has too much to do, as its script says. Try again later.")
        case .refuse:
            EngineError(
                .invalidRequest, "The scripted model refuses the request, as its script says. Ask again without [[refuse]].",
                param: "input")
        case .rateLimit(let seconds):
            EngineError(
                .rateLimited, "The scripted model is asked too often, as its script says. Try again in \(seconds)s.",
                retryAfterSeconds: seconds)
        case .breakOff: nil
        }
    }
}
