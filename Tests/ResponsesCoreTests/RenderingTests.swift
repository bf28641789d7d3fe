import ResponsesAPI
import ResponsesCore
import ResponsesEngine
import ResponsesTesting
import Testing

/// A chain that moves between engines finds its prompt, or is rendered again; it is never given one of another type.
struct RenderingTests {
    /// A form of its own, by the name of the list dialect.
    private struct Tally: Dialect {
        struct Prompt: RenderedPrompt {
            var items: Int
            var addedBytes: Int { 8 }
        }

        var name: String { ListDialect().name }

        func extend(_ prompt: Prompt?, with items: [Item]) throws(APIError) -> Prompt {
            Prompt(items: (prompt?.items ?? 0) + items.count)
        }
    }

    private struct TallyEngine: Engine {
        var dialect: any Dialect<Tally.Prompt> { Tally() }
        func models() async throws(EngineError) -> [EngineModel] { [] }
        func generate(
            _ request: GenerationRequest<Tally.Prompt>, into sink: any GenerationSink
        ) async throws(EngineError) -> GenerationResult {
            throw EngineError(.unavailable, "It is answered by hand.")
        }
        func prefill(_ request: GenerationRequest<Tally.Prompt>) async throws(EngineError) -> PrefillResult {
            .unsupported(reason: "it is answered by hand")
        }
    }

    private struct Both: EngineDirectory {
        var engineIDs: [EngineID] { ["engine"] }
        func place(_ request: PlacementRequest) -> PlacementAnswer {
            guard request.model == "tally" else { return ListDirectory().place(request) }
            return .placed(Placement(engine: TallyEngine(), model: request.model))
        }
        func run() async throws {}
        func ended(_ placement: Placement, _ outcome: PlacementOutcome) {}
        func models() async throws(EngineError) -> [EngineModel] { [] }
    }

    @Test func oneNameForTwoTypesOfPromptRendersAgain() throws {
        let connection = InMemoryConnection(InMemoryProcess(engines: Both()))
        let first = connection.complete("one", model: "list", say: "I")
        connection.create("two", after: first, model: "tally")
        let moved = try #require(connection.works.first?.work as? PreparedWork<Tally.Prompt>)
        #expect(moved.request.prompt.items == 3)
        connection.answer(.say("II"))
        let second = connection.take().last?.string("response.id")
        connection.create("three", after: second, model: "list")
        #expect(
            connection.works.first?.prompt == """
                <user>"one"</user>
                <assistant>"I"</assistant>
                <user>"two"</user>
                <assistant>"II"</assistant>
                <user>"three"</user>

                """)
    }

    /// Whatever a chain does with it, a rendering stays what its dialect made, and extending it changes nothing of it.
    @Test func aRenderingExtendedTwiceKeepsItsType() throws {
        let dialect = ListDialect()
        let items = ["one", "two", "three"].map { Item.userMessage(JSONText($0)) }
        let root: any Rendering = DialectRendering(dialect, try dialect.extend(nil, with: [items[0]]))
        let left = try root.extended(with: [items[1]])
        let right = try root.extended(with: [items[2]]).extended(with: [items[1]])
        let texts = [root, left, right].map { ($0 as? DialectRendering<ListPrompt>)?.prompt.text }
        let line = { (text: String) in "<user>\"\(text)\"</user>\n" }
        #expect(texts == [line("one"), line("one") + line("two"), line("one") + line("three") + line("two")])
        #expect(left.dialectName == dialect.name)
    }

    /// What a model made and its dialect refuses is not in the prompt, whether the chain was in memory or is read again.
    @Test(arguments: [0, 1, 2]) func whatTheDialectRefusesIsLeftOutOfAStoredChain(later: Int) throws {
        let process = InMemoryProcess()
        let connection = InMemoryConnection(process)
        connection.create("one", store: true)
        let foreign = try RawJSON(parsing: #"{"type":"web_search_call","status":"completed"}"#)
        connection.answer(EngineAnswer([[.itemEnded(0, foreign), .text("I")]]))
        var parent = connection.take().last?.string("response.id")
        for _ in 0..<later { parent = connection.complete("on", after: parent, store: true) }
        connection.create("two", after: parent)
        let live = connection.works.first?.prompt
        connection.end(EngineError(.failed, "no"))
        _ = connection.take()
        process.emptyCache()
        connection.create("two", after: parent)
        #expect(connection.take().types == beginning)
        #expect(connection.works.first?.prompt == live)
        #expect(live?.contains(#"<assistant>"I"</assistant>"#) == true)
    }

    @Test func oneDialectExtendsWhatIsThere() throws {
        let connection = InMemoryConnection(InMemoryProcess(engines: Both()))
        let first = connection.complete("one", model: "tally", say: "I")
        connection.create("two", after: first, model: "tally")
        let work = try #require(connection.works.first?.work as? PreparedWork<Tally.Prompt>)
        #expect(work.request.prompt.items == 3)
        #expect(work.model == "tally")
        #expect(connection.works.first?.request == nil, "it is not the list dialect's")
    }
}
