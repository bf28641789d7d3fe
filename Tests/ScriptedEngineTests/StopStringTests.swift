import ResponsesAPI
import ResponsesEngine
import ResponsesTesting
import ScriptedEngine
import Testing

/// Engines that know stop strings, and engines that do not.
@Suite struct StopStringTests {
    static let answers: [(String, [String], String, String?)] = [
        ("[[say:one. two; three]]", ["."], "one. two; three", nil),
        ("[[stop]] [[say:one. two; three]]", [], "one. two; three", nil),
        ("[[stop]] [[say:one. two; three]]", ["!", ""], "one. two; three", nil),
        ("[[stop]] [[say:one. two; three]]", ["; th", "."], "one", "."),
        ("[[say:grün\n\"rot\"]] [[stop]]", ["\"rot"], "grün\n", "\"rot"),
        ("[[stop]] [[say:one]]", ["one"], "", "one"),
        ("[[stop now]] [[say:one]]", ["one"], "one", nil),
    ]

    @Test(arguments: answers)
    func aMessageEndsThereOnlyWhereTheScriptSays(message: String, stops: [String], text: String, stop: String?) async throws {
        var conversation = try Conversation()
        conversation.settings.stop = stops
        try conversation.add(user: message)
        let sink = RecordingSink()
        let result = try await conversation.engine.generate(conversation.request, into: sink)
        #expect(sink.generation(result).text == text)
        #expect(result.stopString == stop)
        #expect(result.finish == .stop)
    }

    /// What ends the answer earlier is why it ended.
    @Test func aLimitBeforeTheStopStringCountsAlone() async throws {
        var conversation = try Conversation()
        conversation.settings.stop = ["last"]
        conversation.settings.maxOutputTokens = 2
        try conversation.add(user: "[[stop]] [[say:many words before the last]]")
        let result = try await conversation.engine.generate(conversation.request, into: RecordingSink())
        #expect(result.finish == .length)
        #expect(result.stopString == nil)
    }
}
