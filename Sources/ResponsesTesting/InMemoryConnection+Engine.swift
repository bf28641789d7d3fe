import ResponsesAPI
import ResponsesCore
import ResponsesEngine

/// One generation or prefill that the connection asked for.
public struct EngineWork {
    public let turn: TurnID
    public let request: GenerationRequest
    public let route: Route
    public var isPrefill = false

    /// What `ListDialect` made of the conversation.
    public var prompt: String { (request.prompt as? ListPrompt)?.text ?? "" }
}

/// What an engine answers, all at once.
public struct EngineAnswer: Sendable {
    public var batches: [GenerationBatch]
    /// How its function ends: with this error, or well.
    public var error: EngineError?
    /// For a prefill.
    public var filled: PrefillResult

    public init(
        _ batches: [GenerationBatch], error: EngineError? = nil, filled: PrefillResult = .filled(tokens: 0, cached: 0)
    ) {
        self.batches = batches
        self.error = error
        self.filled = filled
    }

    /// A message, and a normal end.
    public static func say(_ text: String) -> EngineAnswer { EngineAnswer([[.text(text)], [.finish(.stop)]]) }

    /// One function call, and a normal end.
    public static func call(_ name: String, _ arguments: String = "{}", id: String) -> EngineAnswer {
        EngineAnswer([[.call(0, name, id: id), .input(0, arguments)], [.finish(.stop)]])
    }

    public static func fail(_ kind: EngineError.Kind = .failed) -> EngineAnswer {
        EngineAnswer([], error: EngineError(kind, "The engine failed."))
    }

    public static func warm(tokens: Int, cached: Int = 0) -> EngineAnswer {
        EngineAnswer([], filled: .filled(tokens: tokens, cached: cached))
    }
}

/// A piece of a batch, spelled shortly.
public enum GenerationPiece {
    case text(String)
    case refusal(String)
    case reasoning(String)
    case call(Int, String, id: String? = nil, kind: Item.ToolCall.Kind = .function)
    case input(Int, String)
    case logprobs(RawJSON)
    case usage(Usage)
    case finish(FinishReason)
}

extension GenerationBatch: ExpressibleByArrayLiteral {
    /// For tests: `[.text("good "), .text("day"), .finish(.stop)]`.
    public init(arrayLiteral pieces: GenerationPiece...) { self.init(pieces) }

    public init(_ pieces: [GenerationPiece]) {
        self.init()
        for piece in pieces { append(piece) }
    }

    public mutating func append(_ piece: GenerationPiece) {
        switch piece {
        case .text(let text): append(text: text)
        case .refusal(let text): append(refusal: text)
        case .reasoning(let text): append(reasoning: text)
        case .call(let call, let name, let id, let kind): append(call: call, ToolCallHead(kind: kind, name: name, callID: id))
        case .input(let call, let text): append(call: call, input: text)
        case .logprobs(let json): append(logprobs: json)
        case .usage(let usage): append(usage: usage)
        case .finish(let reason): append(finish: reason)
        }
    }
}

extension InMemoryConnection {
    /// The engine made something of a work; by default of the oldest.
    public func give(_ pieces: GenerationPiece..., to work: EngineWork? = nil) { give(GenerationBatch(pieces), to: work) }

    public func give(_ batch: GenerationBatch, to work: EngineWork? = nil) {
        guard let work = work ?? works.first else { return }
        step { $0.generated(work.turn, batch, at: now) }
    }

    /// The engine's function ended.
    public func end(_ error: EngineError? = nil, of work: EngineWork? = nil) {
        guard let work = work ?? works.first else { return }
        apply(EngineAnswer([], error: error), to: work)
    }

    /// The engine answers a work; by default the oldest.
    public func answer(_ answer: EngineAnswer, to work: EngineWork? = nil) {
        guard let work = work ?? works.first else { return }
        apply(answer, to: work)
    }

    func apply(_ answer: EngineAnswer, to work: EngineWork) {
        works.removeAll { $0.turn == work.turn }
        for batch in answer.batches { step { $0.generated(work.turn, batch, at: now) } }
        step { connection in
            if !work.isPrefill {
                connection.ended(work.turn, answer.error, at: now)
            } else if let error = answer.error {
                connection.prefilled(work.turn, .failure(error), at: now)
            } else {
                connection.prefilled(work.turn, .success(answer.filled), at: now)
            }
        }
    }
}
