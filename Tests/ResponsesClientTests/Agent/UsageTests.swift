import ResponsesAPI
import Testing

@testable import ResponsesClient

struct UsageTests {
    @Test func countsThatNoModelReachesDoNotTrap() {
        var usage = Usage(inputTokens: 1)
        usage.add(Usage(inputTokens: .max, outputTokens: 2))
        usage.add(nil)
        #expect(usage == Usage(inputTokens: .max, outputTokens: 2))
    }
}
