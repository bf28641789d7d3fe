import Testing

@testable import ResponsesTesting
@testable import StreamingHTTP

/// What holds in whatever order things happen.
@Suite struct ExchangePropertyTests {
    /// AsyncHTTPClient and a user in random order. The client keeps its contract: one head, then parts, none while one is
    /// held, one end, nothing after it.
    private struct Run {
        var dialogue = ExchangeDialogue()
        var random: SplitMix64
        var reports = 0
        var isHeld = false
        var isPaused = false
        var isCancelled = false
        var hasHead = false
        /// The body is whole or the connection is closed: only the finish is left.
        var isEnding = false
        var isFinished = false
        /// Ticks that were asked for and have not come.
        var ticks = 0
        /// How often each thing happened, as a run in which nothing happens proves nothing.
        var seen: [String: Int] = [:]

        init(seed: UInt64) { random = SplitMix64(seed: seed) }

        mutating func note(_ words: String) {
            let list = words.split(separator: " ").map(String.init)
            for word in list { seen[word, default: 0] += 1 }
            if list.contains("report") {
                reports += 1
                #expect(reports == 1, "one outcome")
            }
            if list.contains("hold") {
                #expect(isPaused && !isHeld)
                isHeld = true
            }
            if words.contains("read on") {
                #expect(isHeld, "only what is held goes on")
                #expect(!isPaused || !dialogue.state.isReading, "a pause stops reading")
                isHeld = false
            }
            if list.contains("soon") { ticks += 1 }
            if list.contains("close") {
                ticks += 1
                isEnding = true
            }
        }

        mutating func step() {
            let wasReading = dialogue.state.isReading
            switch random.next(below: 12) {
            case 0: head()
            case 1...4: part()
            case 5: if random.chance(10) { end() }
            case 6:
                isPaused = true
                note(dialogue.pause())
            case 7, 8:
                isPaused = false
                note(dialogue.resume())
            case 9:
                if random.chance(10) {
                    let wasEnding = isEnding
                    isCancelled = true
                    note(dialogue.cancel())
                    // Parts may come until the tick that closes the connection.
                    isEnding = wasEnding
                }
            case 10: time()
            default: tick()
            }
            if !wasReading { #expect(!dialogue.state.isReading, "an end is an end") }
        }

        mutating func head() {
            guard !hasHead, !isEnding else { return }
            hasHead = true
            let forms: [AnswerForm] = [.stream, .stream, .object(bytesMax: 40), .refusal(bytesMax: 40), .undecided]
            note(dialogue.head(forms[random.next(below: forms.count)]))
        }

        mutating func part() {
            guard hasHead, !isHeld, !isEnding else { return }
            let wasWanted = reports == 0 && !isCancelled
            let reading: ExchangeDialogue.Reading = random.chance(8) ? .outcome : random.chance(4) ? .failure : .more
            let words = dialogue.part(random.next(below: 12) + 1, reading, shows: random.chance(50) ? .stream : nil)
            #expect(words.hasPrefix("skip") != wasWanted, "a part is read until there is an outcome, and not after")
            note(words)
        }

        mutating func end() {
            guard hasHead, !isHeld, !isEnding else { return }
            isEnding = true
            note(dialogue.end())
        }

        mutating func time() {
            let words = dialogue.wake(after: random.next(below: 60))
            if words.hasPrefix("sleep") { #expect((1...120).contains(Int(words.dropFirst(6)) ?? 0)) }
            if words.contains("silence") { #expect(!isPaused, "a pause is not silence") }
            note(words)
        }

        mutating func tick() {
            guard ticks > 0 else { return }
            ticks -= 1
            if isCancelled { isEnding = true }
            note(dialogue.tick())
        }

        mutating func finish() {
            while ticks > 0 { tick() }
            note(dialogue.finish())
            #expect(reports == 1, "every exchange ends")
            #expect(!isHeld, "nothing is held after the end")
            for late in [dialogue.finish(), dialogue.end(), dialogue.cancel(), dialogue.wake(after: 10_000), dialogue.tick()] {
                #expect(late == "")
            }
            #expect(dialogue.part(5, .outcome) == "skip next")
        }
    }

    @Test func inAnyOrder() {
        var seen: [String: Int] = [:]
        for seed in 0..<2000 as Range<UInt64> {
            var run = Run(seed: seed)
            for _ in 0..<(run.random.next(below: 80)) { run.step() }
            run.finish()
            seen.merge(run.seen, uniquingKeysWith: +)
        }
        for word in ["events", "keep", "decide", "skip", "refuse", "report", "linger", "hold", "soon", "on", "close", "silence"] {
            #expect(seen[word, default: 0] > 10, "'\(word)' hardly happened")
        }
    }
}
