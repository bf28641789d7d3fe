import NIOHTTP1
import ResponsesAPI
import Testing

@testable import OpenAICompatibleEngine

/// When to ask again, in every form in which engines say it.
struct RetryDelayTests {
    /// Wed, 21 Oct 2026 07:28:00 GMT
    static let now = 1_792_567_680.0

    @Test(arguments: [
        ("7", 7), ("0", 0), ("1.2", 2), (" 7 ", 7), ("7s", 7), ("120ms", 1), ("6m0s", 360), ("1h2m3.5s", 3724), ("2 minutes", 120),
        ("Wed, 21 Oct 2026 07:28:30 GMT", 30), ("Wednesday, 21-Oct-26 07:29:00 GMT", 60), ("Wed, 21 Oct 2026 07:00:00 GMT", 0),
        ("2026-10-21T07:28:10Z", 10), ("2026-10-21T07:28:10.5Z", 10), ("1792567690", 10), ("1792567690500", 11), ("7; comment", 7),
        ("soon", nil), ("", nil), ("-3", nil), ("Wed, 45 Oct 2026 07:28:30 GMT", nil), ("7 s, then more", nil), ("9999999999999999999999", nil),
        ("\u{FF17}", nil),
    ] as [(String, Int?)])
    func aHeadersValue(_ text: String, _ seconds: Int?) {
        #expect(RetryDelay.seconds(text, at: Self.now) == seconds)
    }

    @Test func datesOfEveryDayAreRight() {
        // Known moments, leap days among them.
        for (text, unix) in [
            ("Thu, 01 Jan 1970 00:00:00 GMT", 0.0), ("Tue, 29 Feb 2000 12:00:00 GMT", 951_825_600), ("Thu, 29 Feb 2024 23:59:59 GMT", 1_709_251_199),
            ("Mon, 01 Mar 2100 00:00:00 GMT", 4_107_542_400), ("Wed, 21 Oct 2037 07:28:00 GMT", 2_139_722_880),
        ] { #expect(RetryDelay.seconds(text, at: unix - 5) == 5, "\(text)") }
    }

    @Test(arguments: [
        ([("Retry-After", "7")], 7), ([("retry-after-ms", "1500")], 2), ([("retry-after-ms", "1500"), ("retry-after", "9")], 2),
        ([("x-ratelimit-reset-requests", "1s"), ("x-ratelimit-reset-tokens", "6m0s")], 360),
        ([("x-ratelimit-remaining-requests", "0"), ("x-ratelimit-reset-requests", "1s"), ("x-ratelimit-remaining-tokens", "5"), ("x-ratelimit-reset-tokens", "6m0s")], 1),
        ([("anthropic-ratelimit-requests-remaining", "0"), ("anthropic-ratelimit-requests-reset", "2026-10-21T07:28:20Z")], 20),
        ([("X-RateLimit-Reset", "1792567690000")], 10), ([("ratelimit-reset", "12")], 12), ([("retry-after", "soon")], nil), ([], nil),
    ] as [([(String, String)], Int?)])
    func headers(_ fields: [(String, String)], _ seconds: Int?) {
        #expect(RetryDelay.seconds(in: HTTPHeaders(fields), at: Self.now) == seconds)
    }

    @Test(arguments: [
        ("Please try again in 20s.", 20), ("Please try again in 7m12.5s. Visit us.", 433), ("Please try again in 120ms", 1),
        ("Please retry after 26 seconds.", 26), ("Please retry in 34.074824224s.", 35), ("try again after 1 seconds", 1), ("Try again in 2 minutes.", 120),
        ("please wait 30 seconds before the next request", 30), ("Please try again in 5.", 5), ("Please try again later.", nil), ("try again in a while", nil),
        ("7 seconds passed", nil),
    ] as [(String, Int?)])
    func sentences(_ text: String, _ seconds: Int?) {
        #expect(RetryDelay.seconds(inSentence: text) == seconds)
    }

    @Test(arguments: [
        (#"{"retry_after":4.2}"#, 5), (#"{"retry_after_ms":1500}"#, 2), (#"{"retryAfter":"3"}"#, 3), (#"{"estimated_time":20}"#, 20),
        (#"{"details":[{"@type":"a"},{"retryDelay":"34s"}]}"#, 34), (#"{"headers":{"Retry-After":"12"}}"#, 12), (#"{"headers":{"Retry-After":12}}"#, 12),
        (#"{"retry_after":"soon"}"#, nil), (#"{"retry_after":-1}"#, nil), (#"{"retry_after":1e300}"#, nil), ("{}", nil), ("[]", nil),
    ] as [(String, Int?)])
    func bodies(_ json: String, _ seconds: Int?) throws {
        #expect(RetryDelay.seconds(in: try RawJSON(parsing: json)) == seconds)
    }
}
