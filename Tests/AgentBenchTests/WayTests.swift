import Testing

@testable import AgentBench

struct WayTests {
    @Test func namesAreWhatReportsAndFlagsSay() {
        #expect(Way.allCases.map(\.rawValue) == ["http-full", "http-continued", "websocket", "websocket-warm"])
    }
}
