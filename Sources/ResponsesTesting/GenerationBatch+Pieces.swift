import ResponsesAPI
import ResponsesEngine

extension GenerationBatch: ExpressibleByArrayLiteral {
    /// For tests: `[.text("good "), .text("day")]`.
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
        case .summary(let text): append(reasoningSummary: text)
        case .partEnd: appendPartEnd()
        case .annotation(let json): append(annotation: json)
        case .itemBegan(let number, let item): append(begunItem: item, number: number)
        case .itemProgress(let number, let name, let fields): append(progress: name, ofItem: number, fields)
        case .itemEnded(let number, let item): append(endedItem: item, number: number)
        case .usage(let usage): append(usage: usage)
        }
    }
}
