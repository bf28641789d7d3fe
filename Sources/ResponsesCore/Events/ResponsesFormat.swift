import ResponsesAPI

/// The Responses API: events, each with the whole response at its beginning and end (responses-api 12).
package struct ResponsesFormat: WireFormat {
    package init() {}

    package func writer(
        of turn: BeginningTurn, _ request: CreateRequest, _ configuration: Connection.Configuration
    ) -> any TurnWriter { assembler(of: turn, request, configuration) }

    func assembler(
        of turn: BeginningTurn, _ request: CreateRequest, _ configuration: Connection.Configuration
    ) -> ResponseAssembler {
        var settings = AssemblerSettings()
        settings.reasoningEvents = configuration.reasoningEvents
        settings.announcesFailures = configuration.transport.announcesFailures
        settings.writesLastEventOnly = configuration.transport.wantsLastEventOnly
        settings.isBackground = request.background == true
        settings.sealer = request.include.contains("reasoning.encrypted_content") ? configuration.ownedSealer : nil
        settings.budget = ResponseBudget(configuration.limits)
        return ResponseAssembler(
            id: turn.id, lane: LaneTag(turn.streamID),
            echo: ResponseEcho(request, id: turn.id, model: turn.model, createdAt: turn.createdAt), settings: settings)
    }
}
