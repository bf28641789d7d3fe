import ResponsesAPI
import Testing

@testable import TerminalChat

/// What a saved conversation looks like.
@Suite struct TranscriptTests {
    private var transcript: Transcript {
        Transcript(
            model: "m", instructions: "be \"brief\"",
            items: [
                .userMessage("Hello"), .functionCall(callID: "1", name: "shell", arguments: #"{"command":"ls"}"#),
                .functionCallOutput(callID: "1", output: "a```b\n"), .reasoning(id: "r", summary: [.summaryText("hm\nhm")]),
                .message(.assistant, [.outputText("Done.")]),
            ])
    }

    @Test func transcriptsForPeople() {
        #expect(
            transcript.text(for: "x.MD") == """
                # Conversation with m

                ## Instructions

                be "brief"

                ## You

                Hello

                **shell**

                ```
                ls
                ```

                ````
                a```b
                ````

                > hm
                > hm

                ## Model

                Done.

                """)
    }

    @Test func transcriptsForPrograms() throws {
        let json = try RawJSON(parsing: transcript.text(for: "x.json"))
        #expect(json["model"]?.stringValue == "m" && json["instructions"]?.stringValue == #"be "brief""#)
        let items = try (json["items"]?.elements ?? []).map { try Item($0) }
        #expect(items == transcript.items)
        let empty = try RawJSON(parsing: Transcript(model: "m", items: []).json)
        #expect(empty["items"]?.isArray == true && empty["items"]?.elements.count == 0)
    }
}
