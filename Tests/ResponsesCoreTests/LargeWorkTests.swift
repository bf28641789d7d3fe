import ResponsesAPI
import ResponsesCore
import ResponsesEngine
import ResponsesStore
import ResponsesTesting
import Testing

/// What is large is worked on beside the loop, and nothing else of a turn changes.
struct LargeWorkTests {
    private let text = String(repeating: "x", count: 2000)

    private func connection(_ process: InMemoryProcess = InMemoryProcess()) -> InMemoryConnection {
        let connection = InMemoryConnection(process) { $0.limits.largeBytesMin = 1000 }
        connection.holdsWork = true
        return connection
    }

    @Test func aLargeTurnSaysWhatASmallOneSays() {
        let large = connection()
        large.create(text)
        #expect(large.take().isEmpty, "the conversation is being written down")
        large.doWork()
        #expect(large.take().types == beginning)
        large.answer(.say(text))
        var written = large.take().types
        #expect(written.last == "response.output_text.delta", "its end is being written")
        large.doWork()
        written += large.take().types
        #expect(written.last == "response.output_item.done", "the last event waits for the chain")
        large.doWork()
        #expect(written + large.take().types == Array(message.dropFirst(2)))
        #expect(large.prompts.count == 1)
    }

    /// Turns of a lane stay in order; those of others do not wait.
    @Test func otherLanesGoOn() {
        let it = connection()
        it.create(text, lane: "large")
        it.create("behind", lane: "large")
        it.create("small", lane: "other")
        #expect(it.take(lane: "other").types == beginning)
        #expect(it.take(lane: "large").isEmpty)
        it.doWork()
        #expect(it.take(lane: "large").types == beginning)
    }

    /// A large turn that waited is read when its turn comes.
    @Test func whatWaitedIsReadBesideTheLoop() {
        let it = connection()
        it.create("first")
        it.create(text)
        it.answer(.say("ok"))
        _ = it.take()
        #expect(it.heldWork.count == 1)
        it.doWork()
        #expect(it.take().isEmpty, "it is read, and is now written down")
        it.doWork()
        #expect(it.take().types == beginning)
    }

    @Test(arguments: [true, false]) func aCancelEndsItOnce(reading: Bool) {
        let it = connection()
        if reading {
            it.create("first")
            it.create(text)
            it.answer(.say("ok"))
            _ = it.take()
        } else {
            it.create(text)
        }
        it.send(#"{"type":"response.cancel"}"#)
        #expect(it.take().isEmpty)
        it.doWork()
        it.expectError("response_cancelled", status: 409)
        #expect(it.works.isEmpty)
        it.holdsWork = false
        it.complete("on")
    }

    @Test func aClientThatLeftGetsNothing() {
        let process = InMemoryProcess()
        let it = connection(process)
        it.create(text, store: true)
        it.disconnect()
        it.doWork()
        #expect(it.works.isEmpty)
        #expect(process.placed == 0)
        let other = connection(process)
        other.create(text, store: true)
        other.doWork()
        other.answer(.say(text))
        other.disconnect()
        other.doWork()
        #expect(process.memory.bytes == 0)
    }

    /// A large response is stored as any other.
    @Test func aLargeResponseIsStored() {
        let process = InMemoryProcess()
        let it = connection(process)
        it.create(text, store: true)
        it.doWork()
        it.answer(.say(text))
        it.doWork()
        #expect(process.stored.isEmpty)
        it.doWork()
        let last = it.take().last
        #expect(last?.type == "response.completed")
        #expect(process.stored["alice"]?.count == 1)
        process.emptyCache()
        // The chain is written down anew, which is large as well.
        it.create("on", after: last?.string("response.id"), store: true)
        #expect(it.take().isEmpty)
        it.doWork()
        #expect(it.take().types == beginning)
    }

    /// A cancel while a large response is generated ends it as soon as what there is of it is written.
    @Test func aCancelWhileItGeneratesEndsIt() {
        let it = connection()
        it.create("go")
        it.give(.text(text))
        it.send(#"{"type":"response.cancel"}"#)
        #expect(it.works.isEmpty, "the engine stops at once")
        it.doWork()
        let last = it.take().last
        #expect(last?.type == "response.incomplete")
        #expect(last?.string("response.incomplete_details.reason") == "cancelled")
        #expect(last?["response.output"]?.elements.first?["content"]?.elements.first?["text"]?.stringValue == text)
        #expect(it.heldWork.isEmpty)
    }

    /// A response whose end is being written is whole: only time and memory can still end it.
    @Test(arguments: Steps.allCases) func whatComesAfterTheEndIsTooLate(steps: Steps) {
        let it = connection()
        it.create("go")
        it.answer(.say(text))
        if steps == .written { it.doWork() }
        it.send(#"{"type":"response.cancel"}"#)
        it.doWork()
        it.doWork()
        #expect(it.take().last?.type == "response.completed")
        it.holdsWork = false
        it.complete("on")
    }

    enum Steps: CaseIterable { case beingWritten, written }

    /// Large is what a response says, not what it was asked with: the end of a small one takes no time and no room.
    @Test func aSmallEndOfALargeTurnIsWrittenAtOnce() {
        let it = connection(InMemoryProcess(memoryBytesMax: 60_000))
        it.create("go", store: false, #""instructions":"\#(String(repeating: "x", count: 12_000))""#)
        it.doWork()
        #expect(it.take().types == beginning)
        it.answer(.say("ok"))
        it.giveWay()
        #expect(it.take().last?.type == "response.completed")
        #expect(it.heldWork.isEmpty)
    }

    /// Lanes go on while the end of a large response is written; its own does not.
    @Test func theLaneWaitsForTheEnd() {
        let it = connection()
        it.create("go", lane: "large")
        it.create("behind", lane: "large")
        it.answer(.say(text))
        it.create("small", lane: "other")
        #expect(it.take(lane: "other").types == beginning)
        #expect(it.take(lane: "large").types.last == "response.output_text.delta")
        it.doWork()
        it.doWork()
        let types = it.take(lane: "large").types
        #expect(types.suffix(3) == ["response.completed"] + beginning)
    }

    /// A large response that has to give way while its end is written, which takes several times its room, fails once and with
    /// nothing in it.
    @Test func memoryEndsIt() {
        let it = connection(InMemoryProcess(memoryBytesMax: 60_000))
        it.create("go")
        it.give(.text(String(repeating: "x", count: 20_000)))
        it.giveWay()
        #expect(it.works.count == 1, "as it grows it fits")
        it.end()
        it.giveWay()
        let last = it.take().last
        #expect(last?.type == "response.failed")
        #expect(last?["response.output"]?.elements.isEmpty == true)
        it.doWork()
        #expect(it.take().isEmpty)
        it.holdsWork = false
        it.complete("on")
    }

    /// There is nobody to write the end beside the loop for when there is no time: it is written at once.
    @Test(arguments: [true, false]) func theEndOfTimeEndsWhatIsGenerated(shutdown: Bool) {
        let it = InMemoryConnection {
            $0.limits.largeBytesMin = 1000
            $0.limits.lifetime = .seconds(60)
        }
        it.holdsWork = true
        it.create("go")
        it.give(.text(text))
        _ = it.take()
        if shutdown { it.shutDown(within: .seconds(5)) } else { it.advance(by: .seconds(60)) }
        it.advance(by: shutdown ? .seconds(6) : .seconds(301))
        let types = it.take().types
        #expect(types.filter { $0 == "response.failed" }.count == 1)
        #expect(types.contains("response.output_text.done"))
        #expect(it.heldWork.count == 0)
        #expect(it.closeReason == (shutdown ? .shutdown : .lifetimeOver))
    }

    /// The end of time ends what waits for its end or its chain.
    @Test(arguments: Steps.allCases) func shutdownEndsIt(steps: Steps) {
        let it = connection()
        it.create(text)
        it.doWork()
        it.answer(.say(text))
        if steps == .written { it.doWork() }
        _ = it.take()
        it.shutDown(within: .seconds(5))
        it.advance(by: .seconds(6))
        #expect(it.take().types.last == "response.failed")
        it.doWork()
        #expect(it.take().isEmpty)
    }

    /// Looking for the tool that a choice names reads a large set of tools again.
    @Test func aChoiceOfLargeToolsIsLookedForBesideTheLoop() {
        let it = connection()
        let tool = #"{"type":"function","name":"f","description":"\#(text)"}"#
        it.create(store: false, #""tools":[\#(tool)],"tool_choice":{"type":"function","name":"g"}"#)
        #expect(it.take().isEmpty)
        it.doWork()
        #expect(it.expectError("invalid_value")?.string("error.param") == "tool_choice")
        #expect(it.process.placed == 0)
    }

    /// What work holds is held until it is done, whoever is gone by then: clients that leave, or cancel, one after the other
    /// would fill the server otherwise and nobody would know.
    @Test(arguments: Leaving.allCases) func whatIsWorkedOnIsCountedUntilItIsDone(leaving: Leaving) {
        let process = InMemoryProcess()
        let it = connection(process)
        it.create("go", lane: "other")
        let before = process.memory.bytes
        it.create(text, lane: "large")
        if leaving == .whileItEnds {
            it.doWork()
            it.give(.text(text), to: it.works.last)
            it.end(of: it.works.last)
        }
        let held = process.memory.bytes - before
        #expect(held > 2 * text.utf8.count)
        if leaving == .byCancel { it.send(#"{"type":"response.cancel","stream_id":"large"}"#) } else { it.disconnect() }
        #expect(process.memory.bytes > held / 2)
        it.doWork()
        #expect(process.memory.bytes <= (leaving == .byCancel ? before : 0))
    }

    enum Leaving: CaseIterable { case byCancel, byDisconnect, whileItEnds }
}
