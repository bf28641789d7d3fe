/// Every limit of a llama.cpp server that is run from here, with its reason.
package struct LlamaLimits: Sendable, Hashable {
    /// From the start to the first answer: 400 GB from a disk that reads 250 MB a second.
    package var loadTimeMax: Duration = .seconds(1800)
    /// Between two questions whether it answers: a small model loads in a second, a large one for minutes.
    package var askFirst: Duration = .milliseconds(50)
    package var askMax: Duration = .seconds(1)
    /// Between two lines of the log about a model that still loads.
    package var tellEvery: Duration = .seconds(10)
    /// Before a start that follows an end: at first, doubled each time, and at most.
    package var pauseFirst: Duration = .milliseconds(250)
    package var pauseMax: Duration = .seconds(30)
    /// What served for so long has come through: the next end is a new one, and the pause is short again.
    package var steadyAfter: Duration = .seconds(60)
    /// Starts in a row that end before the model answers: something is wrong that does not pass.
    package var failedLoadsMax = 5
    /// How long a turn that failed waits to learn whether the process ended: its connections close some milliseconds before.
    package var endNoticedWithin: Duration = .seconds(1)
    /// Turns that the engine works on at one time; others wait for one of these. Each has its context for itself: out of a common one,
    /// llama.cpp would end all turns when they fill it together.
    package var slots = 2
    /// Tokens of each slot's context. An agent begins with six thousand; two of these take 4 GB with a model of 8 billion parameters.
    package var contextTokens = 16_384
    /// What the engine keeps of conversations that are in no slot, in MiB of the machine's memory.
    package var promptCacheMiB = 2048
    /// Of what it says, for errors and the log: lines, and letters of each.
    package var wordsLinesMax = 6
    package var wordsLineMax = 200

    package init() {}
}
