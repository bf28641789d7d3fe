import ResponsesAPI
import ResponsesCore

/// How a request's turn is written, by what the request wished for (anthropic-messages 6).
struct MessagesFormat: WireFormat {
    /// The name that was asked for.
    let model: String
    let isStream: Bool
    /// Whether the text of thinking is sealed in its signature and not shown.
    let omitsThinking: Bool
    /// Whether the client waits to hear what its edits of the context did: nothing.
    let saysEdits: Bool
    /// Whether nothing is to be generated.
    let isWarmup: Bool
    let signature: ThinkingSignature

    init(_ request: MessagesRequest, isStream: Bool, sealer: OwnedSealer?) {
        model = request.model
        self.isStream = isStream
        omitsThinking = request.omitsThinking
        saysEdits = request.hasContextManagement
        isWarmup = request.create.generate == false
        signature = ThinkingSignature(sealer, model: request.create.model ?? "")
    }

    func writer(
        of turn: BeginningTurn, _ request: CreateRequest, _ configuration: Connection.Configuration
    ) -> any TurnWriter {
        let makeID = configuration.makeResponseID
        let settings = AssemblerSettings(request, configuration) { "toolu_" + makeID().ownPart }
        let voice = MessagesVoice(id: "msg_" + turn.id.ownPart, self)
        return ResponseAssembler(id: turn.id, voice: voice, settings: settings)
    }

    func countObject(_ inputTokens: Int) -> [UInt8] { Array(#"{"input_tokens":\#(max(0, inputTokens))}"#.utf8) }
}

extension ResponseID {
    /// The id without the word that says what it is of.
    fileprivate var ownPart: String {
        let prefix = "resp_"
        return rawValue.hasPrefix(prefix) ? String(rawValue.dropFirst(prefix.count)) : rawValue
    }
}
