import ResponsesAPI
public import ResponsesEngine

/// The contract of `Engine` as a test, for whoever writes one.
///
///     @Test func myEngineKeepsTheContract() async throws {
///         try await EngineConformance(engine: MyEngine(), model: "my-model").run()
///     }
///
/// It talks to the engine as the server does: about thirty short generations, a few of them forced tool calls, and
/// two long ones that it cancels. At the end it runs the engine's life and cancels it: the engine is over then.
public struct EngineConformance<Tested: Engine>: Sendable {
    public struct Options: Sendable {
        /// Equal prompts give equal answers: then prompts are compared by what they generate.
        public var isDeterministic = false
        /// Forced tool calls are obeyed.
        public var callsTools = true
        /// A user message whose answer is long, so that it can be cancelled in the middle.
        public var longMessage = "Count from one to one thousand in words, without leaving out a number."
        public var longTokensMax = 4096
        public var shortTokensMax = 64
        /// Enough for the arguments of a small call.
        public var callTokensMax = 512
        /// How soon a cancelled generation must be over.
        public var cancelledWithin: Duration = .seconds(2)
        /// What measures that.
        public var clock: any Clock<Duration> = ContinuousClock()
        /// Whether two prompts of the engine's dialect are equal, where that can be seen.
        public var promptsAreEqual: (@Sendable (Tested.Prompt, Tested.Prompt) -> Bool)?

        public init() {}
    }

    public typealias Report = ConformanceReport

    let engine: Tested
    let model: String
    let options: Options

    public init(engine: Tested, model: String, options: Options = Options()) {
        self.engine = engine
        self.model = model
        self.options = options
    }

    /// Runs every check, one after the other.
    ///
    /// - Throws: `ConformanceFailure` at the first rule that does not hold.
    @discardableResult
    public func run() async throws -> Report {
        let checks: [Report.Check] = [
            ("models", checkModels), ("dialect", checkDialect), ("generation", checkGeneration),
            ("output limit", checkOutputLimit), ("slow reader", checkSlowReader), ("cancellation", checkCancellation),
            ("cancellation while held", checkCancellationWhileHeld), ("prefill", checkPrefill),
            ("forced function call", checkFunctionCall), ("forced custom call", checkCustomCall),
            ("call in a namespace", checkNamespaceCall), ("tool choice none", checkNoCall), ("trace", checkTrace),
            ("token count", checkTokenCount), ("life", checkLife),
        ]
        return try await Report(of: checks, contract: "Engine") { error in
            switch error {
            case let error as EngineError: "The engine threw \(error.kind): \(error.message)"
            case let error as APIError: "The dialect threw: \(error.message)"
            default: nil
            }
        }
    }

    // MARK: Helpers of the checks

    typealias Violation = BrokenRule

    func require(_ holds: Bool, _ sentence: @autoclosure () -> String) throws(Violation) {
        try BrokenRule.require(holds, sentence())
    }

    func request(_ items: [Item], tokensMax: Int) throws(APIError) -> GenerationRequest<Tested.Prompt> {
        request(try engine.dialect.extend(nil, with: items), tokensMax: tokensMax)
    }

    func request(_ prompt: Tested.Prompt, tokensMax: Int) -> GenerationRequest<Tested.Prompt> {
        var request = GenerationRequest(model: model, prompt: prompt)
        request.maxOutputTokens = tokensMax
        request.temperature = 0
        return request
    }

    /// Runs a generation to its end and checks what holds for every one.
    func generate(
        _ request: GenerationRequest<Tested.Prompt>, pace: RecordingSink.Pace = .alwaysReady
    ) async throws -> RecordedGeneration {
        try await run(request, pace: pace).generation
    }

    /// The same, with what the engine returned.
    func run(
        _ request: GenerationRequest<Tested.Prompt>, pace: RecordingSink.Pace = .alwaysReady
    ) async throws -> (generation: RecordedGeneration, result: GenerationResult) {
        let sink = RecordingSink(pace: pace)
        let result: GenerationResult
        do {
            defer { sink.close() }
            result = try await engine.generate(request, into: sink)
        }
        await Self.letOthersRun()
        try require(sink.sentLate == 0, "A batch came after generate() had returned.")
        try require(sink.sentUnready == 0, "A batch came while the sink was not ready and ready() had not returned.")
        let generation = sink.generation(result)
        try require(generation.problems.isEmpty, generation.problems.first ?? "")
        return (generation, result)
    }

    /// Starts a generation, cancels it at the moment the caller chooses and checks that it ends soon.
    ///
    /// - Parameter moment: returns when it is time; false when the generation ended before.
    func cancel(
        _ request: GenerationRequest<Tested.Prompt>, pace: RecordingSink.Pace, at moment: @Sendable (RecordingSink) async -> Bool
    ) async throws -> String? {
        let sink = RecordingSink(pace: pace)
        let engine = self.engine
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                defer { sink.close() }
                // It may throw or return; both end it.
                do throws(EngineError) { _ = try await engine.generate(request, into: sink) } catch {
                    if error.kind != .cancelled, sink.batches.isEmpty { throw error }
                }
            }
            guard await moment(sink) else {
                try await group.waitForAll()
                return "the generation ended before it could be cancelled; give options.longMessage a longer answer"
            }
            try await checkSoon("A cancelled generation", options.clock) {
                group.cancelAll()
                try await group.waitForAll()
            }
            await Self.letOthersRun()
            try require(sink.sentLate == 0, "A batch came after a cancelled generate() had ended.")
            try require(sink.sentUnready == 0, "A batch came while the sink was not ready and ready() had not returned.")
            return nil
        }
    }

    /// An engine that continues in a task of its own does so now: a task of the lowest priority runs after it.
    private static func letOthersRun() async {
        await Task.detached(priority: .background) {}.value
        for _ in 0..<16 { await Task.yield() }
    }

    func checkSoon<C: Clock<Duration>>(_ what: String, _ clock: C, _ body: () async throws -> Void) async throws {
        let start = clock.now
        try await body()
        let elapsed = start.duration(to: clock.now)
        try require(
            elapsed <= options.cancelledWithin,
            "\(what) went on for \(elapsed); \(options.cancelledWithin) are allowed.")
    }
}
