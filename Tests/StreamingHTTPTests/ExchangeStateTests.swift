import Testing

@testable import StreamingHTTP

@Suite struct ExchangeStateTests {
    /// The states, each with a way to it.
    enum Place: String, CaseIterable, Sendable {
        case waiting, undecided, streaming, object, refusal, lingering, ending, abandoned, over

        var dialogue: ExchangeDialogue {
            var dialogue = ExchangeDialogue()
            switch self {
            case .waiting: break
            case .undecided: _ = dialogue.head(.undecided)
            case .streaming: _ = dialogue.head(.stream)
            case .object: _ = dialogue.head(.object(bytesMax: 10))
            case .refusal: _ = dialogue.head(.refusal(bytesMax: 10))
            case .lingering:
                _ = dialogue.head(.stream)
                _ = dialogue.part(1, .outcome)
            case .ending:
                _ = dialogue.head(.stream)
                _ = dialogue.part(1, .failure)
            case .abandoned: _ = dialogue.cancel()
            case .over: _ = dialogue.finish()
            }
            return dialogue
        }
    }

    // MARK: Every state and every input

    /// What each state does with a head of a stream and the part behind it: only the first head counts.
    @Test(arguments: [
        (Place.waiting, "events next"), (.undecided, "decide next"), (.streaming, "events next"), (.object, "keep 3 next"),
        (.refusal, "keep 3 next"), (.lingering, "skip next"), (.ending, "skip next"), (.abandoned, "skip next"),
        (.over, "skip next"),
    ])
    func aHeadAndAPart(place: Place, words: String) {
        var dialogue = place.dialogue
        #expect(dialogue.head(.stream) == "")
        #expect(dialogue.part(3) == words)
    }

    @Test(arguments: [
        (Place.waiting, "skip next"), (.undecided, "decide keep 3 next"), (.streaming, "events next"), (.object, "keep 3 next"),
        (.refusal, "keep 3 next"), (.lingering, "skip next"), (.ending, "skip next"), (.abandoned, "skip next"),
        (.over, "skip next"),
    ])
    func aPart(place: Place, words: String) {
        var dialogue = place.dialogue
        #expect(dialogue.part(3, shows: .object(bytesMax: 10)) == words)
    }

    @Test(arguments: [
        (Place.waiting, "skip next"), (.undecided, "decide close"), (.streaming, "events close"), (.object, "keep 3 close"),
        (.refusal, "keep 3 close"), (.lingering, "skip next"), (.ending, "skip next"), (.abandoned, "skip next"),
        (.over, "skip next"),
    ])
    func aPartThatCannotBeRead(place: Place, words: String) {
        var dialogue = place.dialogue
        let said = dialogue.part(3, .failure)
        #expect(said.replacing("report ", with: "") == words)
        #expect(said.contains("report") == words.contains("close"))
    }

    @Test(arguments: [
        (Place.waiting, "empty report"), (.undecided, "empty report"), (.streaming, "stream report"), (.object, "object report"),
        (.refusal, "refusal report"), (.lingering, ""), (.ending, ""), (.abandoned, ""), (.over, ""),
    ])
    func theEndOfTheBody(place: Place, words: String) {
        var dialogue = place.dialogue
        #expect(dialogue.end() == words)
        #expect(!dialogue.state.isReading)
    }

    @Test(arguments: [
        (Place.waiting, "report"), (.undecided, "report"), (.streaming, "report"), (.object, "report"), (.refusal, "report"),
        (.lingering, ""), (.ending, ""), (.abandoned, "report"), (.over, ""),
    ])
    func theEndOfTheConnection(place: Place, words: String) {
        var dialogue = place.dialogue
        #expect(dialogue.finish() == words)
        #expect(dialogue.finish() == "")
    }

    @Test(arguments: [
        (Place.waiting, "close"), (.undecided, "close"), (.streaming, "close"), (.object, "close"), (.refusal, "close"),
        // Its connection need not be waited for.
        (.lingering, "close"), (.ending, ""), (.abandoned, ""), (.over, ""),
    ])
    func aCancel(place: Place, words: String) {
        var dialogue = place.dialogue
        #expect(dialogue.cancel() == words)
        #expect(dialogue.cancel() == "")
        #expect(dialogue.part(3) == "skip next")
    }

    @Test(arguments: [
        (Place.waiting, "no first byte report close"), (.undecided, "no first byte report close"),
        (.streaming, "no first byte report close"), (.object, "no first byte report close"), (.refusal, "silence report close"), (.lingering, "close"), (.ending, ""),
        (.abandoned, ""), (.over, ""),
    ])
    func tooMuchTime(place: Place, words: String) {
        var dialogue = place.dialogue
        #expect(dialogue.wake(after: 600) == words)
        #expect(dialogue.wake(after: 600) == "")
    }

    /// Pausing holds a part only where there is one to read.
    @Test(arguments: [
        (Place.waiting, "skip hold"), (.undecided, "decide hold"), (.streaming, "events hold"), (.object, "keep 3 hold"),
        (.refusal, "keep 3 hold"), (.lingering, "skip next"), (.ending, "skip next"), (.abandoned, "skip next"),
        (.over, "skip next"),
    ])
    func aPause(place: Place, words: String) {
        var dialogue = place.dialogue
        _ = dialogue.pause()
        #expect(dialogue.part(3) == words)
        #expect(dialogue.resume() == (words.contains("hold") ? "soon" : ""))
        #expect(dialogue.tick() == (words.contains("hold") ? "read on" : ""))
    }

    /// An outcome counts where none was reported, and nothing is read after it.
    @Test(arguments: Place.allCases) func aLateOutcome(place: Place) {
        let isFirst = ![Place.lingering, .ending, .over].contains(place)
        var completed = place.dialogue
        #expect(completed.state.completed(at: .zero) == isFirst)
        #expect(completed.state.completed(at: .zero) == false)
        #expect(completed.state.concluded() == false)
        #expect(completed.part(3) == "skip next")
        var concluded = place.dialogue
        #expect(concluded.state.concluded() == isFirst)
        #expect(concluded.state.concluded() == false)
        #expect(concluded.finish() == "")
    }

    /// What the first byte shows comes too late for an exchange that is no longer read.
    @Test(arguments: Place.allCases) func aLateDecision(place: Place) {
        var dialogue = place.dialogue
        dialogue.state.decided(.refusal(bytesMax: 2))
        #expect(dialogue.state.isReading == ![Place.lingering, .ending, .abandoned, .over].contains(place))
        #expect(dialogue.part(3, shows: .stream).contains("report") == (place == .undecided))
    }

    // MARK: What is kept

    @Test func anObjectIsRefusedBeyondItsLimit() {
        var dialogue = ExchangeDialogue()
        _ = dialogue.head(.object(bytesMax: 10))
        #expect(dialogue.part(10) == "keep 10 next")
        #expect(dialogue.part(1) == "refuse report close")
        #expect(dialogue.part(1) == "skip next")
        #expect(dialogue.finish() == "")
    }

    @Test func aRefusalIsCutAtItsLimit() {
        var dialogue = ExchangeDialogue()
        _ = dialogue.head(.refusal(bytesMax: 10))
        #expect(dialogue.part(9) == "keep 9 next")
        #expect(dialogue.part(5) == "keep 1 report close")
        #expect(dialogue.finish() == "")
    }

    @Test func whiteSpaceDecidesNothing() {
        var dialogue = ExchangeDialogue()
        _ = dialogue.head(.undecided)
        #expect(dialogue.part(2) == "decide next")
        #expect(dialogue.part(7, shows: .stream) == "decide events next")
        #expect(dialogue.part(7) == "events next")
    }

    // MARK: The end

    @Test func anOutcomeInMidStreamIsTheOnlyOne() {
        var dialogue = ExchangeDialogue()
        _ = dialogue.head(.stream)
        #expect(dialogue.part(5, .outcome) == "events report linger next")
        #expect(dialogue.part(5, .outcome) == "skip next")
        #expect(dialogue.part(5, .failure) == "skip next")
        #expect(dialogue.end() == "")
        #expect(dialogue.finish() == "")
    }

    /// The reader cancels while it reads its last event.
    @Test func anOutcomeAfterACancelIsReported() {
        var dialogue = ExchangeDialogue()
        _ = dialogue.head(.stream)
        #expect(dialogue.state.receivedPart(5, at: .zero) == .readEvents)
        #expect(dialogue.cancel() == "close")
        #expect(dialogue.state.completed(at: .zero) == true)
        #expect(dialogue.state.finishedPart() == true)
        // Its connection closes at once: it does not linger.
        #expect(dialogue.wake(after: 10) == "")
        #expect(dialogue.finish() == "")
    }

    @Test func whatIsCancelledBeforeItIsSentEndsOnce() {
        var dialogue = ExchangeDialogue()
        #expect(dialogue.cancel() == "close")
        #expect(dialogue.state.isAbandoned)
        #expect(dialogue.finish() == "report")
        #expect(dialogue.finish() == "")
    }

    // MARK: Back-pressure

    @Test func whatIsHeldGoesOnOnce() {
        var dialogue = ExchangeDialogue()
        _ = dialogue.head(.stream)
        _ = dialogue.pause()
        #expect(dialogue.part(5) == "events hold")
        #expect(dialogue.tick() == "")
        #expect(dialogue.resume() == "soon")
        #expect(dialogue.resume() == "")
        #expect(dialogue.tick() == "read on")
        #expect(dialogue.tick() == "")
        #expect(dialogue.part(5) == "events next")
    }

    @Test func aPauseBeforeTheTickHoldsOn() {
        var dialogue = ExchangeDialogue()
        _ = dialogue.head(.stream)
        _ = dialogue.pause()
        _ = dialogue.part(5)
        #expect(dialogue.resume() == "soon")
        _ = dialogue.pause()
        #expect(dialogue.tick() == "")
        #expect(dialogue.resume() == "soon")
        #expect(dialogue.tick() == "read on")
    }

    @Test func aPauseWithoutAPartHoldsNothing() {
        var dialogue = ExchangeDialogue()
        _ = dialogue.head(.stream)
        _ = dialogue.pause()
        #expect(dialogue.resume() == "")
        #expect(dialogue.part(5) == "events next")
    }

    @Test func whatIsHeldIsLetGoAtTheEnd() {
        for end in ["cancel", "finish"] {
            var dialogue = ExchangeDialogue()
            _ = dialogue.head(.stream)
            _ = dialogue.pause()
            #expect(dialogue.part(5) == "events hold")
            if end == "cancel" {
                #expect(dialogue.cancel() == "close")
                #expect(dialogue.tick() == "read on")
                #expect(dialogue.finish() == "report")
            } else {
                #expect(dialogue.finish() == "report read on")
            }
            #expect(dialogue.tick() == "")
        }
    }

    // MARK: Time

    @Test func anAnswerWithoutItsMarkEnds() {
        var dialogue = ExchangeDialogue()
        _ = dialogue.head(.stream)
        _ = dialogue.part(5)
        #expect(dialogue.expectEnd(within: 5) == "look 1")
        #expect(dialogue.wake(after: 1) == "sleep 1")
        // The counts came: sooner, without another timer.
        #expect(dialogue.expectEnd(within: 1) == "")
        // Signs of life prolong nothing.
        #expect(dialogue.part(5) == "events next")
        #expect(dialogue.wake(after: 1) == "complete report linger")
        #expect(dialogue.wake(after: 5) == "close")
    }

    @Test func anAnswerThatGoesOnDoesNotEnd() {
        var dialogue = ExchangeDialogue()
        _ = dialogue.head(.stream)
        _ = dialogue.part(5)
        _ = dialogue.expectEnd(within: 1)
        dialogue.state.expectMore()
        #expect(dialogue.wake(after: 1) == "sleep 119")
        // In a pause the mark may wait unread.
        #expect(dialogue.expectEnd(within: 1) == "look 1")
        _ = dialogue.pause()
        #expect(dialogue.wake(after: 10) == "sleep 1")
        _ = dialogue.resume()
        #expect(dialogue.wake(after: 1) == "complete report linger")
    }

    @Test func theFirstLookIsAtTheShorterLimit() {
        #expect(ExchangeDialogue().state.firstLook == .seconds(120))
    }

    @Test func timeCountsFromWhatWasHeardLast() {
        var dialogue = ExchangeDialogue()
        #expect(dialogue.wake(after: 120) == "sleep 120")
        #expect(dialogue.wake(after: 400) == "sleep 80")
        _ = dialogue.head(.stream)
        _ = dialogue.part(5)
        #expect(dialogue.wake(after: 80) == "sleep 40")
        _ = dialogue.part(1)
        #expect(dialogue.wake(after: 40) == "sleep 80")
        #expect(dialogue.wake(after: 80) == "silence report close")
    }

    /// A head, comments and empty chunks come from engines that still work on the prompt, and from those that hang.
    @Test func signsOfLifeBeforeTheFirstContentProlongNothing() {
        var dialogue = ExchangeDialogue()
        #expect(dialogue.wake(after: 100) == "sleep 120")
        _ = dialogue.head(.stream)
        #expect(dialogue.wake(after: 400) == "sleep 100")
        #expect(dialogue.part(1) == "events next")
        #expect(dialogue.wake(after: 99) == "sleep 1")
        #expect(dialogue.wake(after: 1) == "no first byte report close")
    }

    @Test func aRefusalThatStopsIsSilence() {
        var dialogue = ExchangeDialogue()
        #expect(dialogue.wake(after: 100) == "sleep 120")
        _ = dialogue.head(.refusal(bytesMax: 100))
        #expect(dialogue.part(1) == "keep 1 next")
        #expect(dialogue.wake(after: 119) == "sleep 1")
        #expect(dialogue.wake(after: 1) == "silence report close")
    }

    @Test func anObjectThatCameInPartHasContent() {
        var dialogue = ExchangeDialogue()
        _ = dialogue.head(.object(bytesMax: 100))
        #expect(dialogue.part(1) == "keep 1 next")
        #expect(dialogue.wake(after: 120) == "silence report close")
    }

    @Test func aPauseIsNoSilence() {
        var dialogue = ExchangeDialogue()
        _ = dialogue.head(.stream)
        _ = dialogue.pause()
        #expect(dialogue.part(5) == "events hold")
        #expect(dialogue.wake(after: 500) == "sleep 120")
        #expect(dialogue.resume() == "soon")
        #expect(dialogue.wake(after: 119) == "sleep 1")
        #expect(dialogue.wake(after: 1) == "silence report close")
        #expect(dialogue.tick() == "read on")
    }

    @Test func lingeringHasALimit() {
        var dialogue = ExchangeDialogue()
        _ = dialogue.head(.stream)
        _ = dialogue.part(5, .outcome)
        #expect(dialogue.wake(after: 4) == "sleep 1")
        #expect(dialogue.wake(after: 1) == "close")
        #expect(dialogue.wake(after: 1) == "")
        #expect(dialogue.finish() == "")
    }
}
