import Testing

@testable import ResponsesClient

struct LimitsTests {
    @Test func aConnectionIsLeftBeforeTheServerEndsIt() {
        let limits = ClientLimits()
        #expect(limits.connectionAgeMax < .seconds(60 * 60))
        #expect(limits.backoffFirst <= limits.backoffLast)
    }
}
