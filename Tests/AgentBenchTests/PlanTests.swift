import ResponsesAPI
import Testing

@testable import AgentBench

struct PlanTests {
    @Test func namesAreWhatReportsAndFlagsSay() {
        #expect(Way.allCases.map(\.rawValue) == ["http-full", "http-continued", "websocket", "websocket-warm", "chat", "messages"])
        // The others need more than a server of the Responses API.
        #expect(BenchPlan().ways.map(\.rawValue) == ["http-full", "http-continued", "websocket", "websocket-warm"])
    }

    @Test(arguments: [
        ("40ms", Duration.milliseconds(40)), ("0", .zero), ("0.5s", .milliseconds(500)), ("250us", .microseconds(250)),
        ("0ms", .zero), ("40 MS", .milliseconds(40)),
    ])
    func durations(text: String, duration: Duration) throws {
        #expect(try Quantities.duration(text, for: .roundTrip) == duration)
    }

    @Test(arguments: ["", "40", "ms", "-40ms", "40m", "4e9s", "1.2.3s", "2h"])
    func whatIsNoDuration(text: String) {
        let error = #expect(throws: BenchError.self) { try Quantities.duration(text, for: .roundTrip) }
        #expect(error?.setting == .roundTrip)
        #expect(error?.message == "'\(text)' is not a duration")
    }

    @Test(arguments: [("20mbit", 20e6, 20e6), ("1.5gbit", 1.5e9, 1.5e9), ("20mbit/100mbit", 20e6, 100e6), ("64kbit", 64e3, 64e3)])
    func bandwidths(text: String, upload: Double, download: Double) throws {
        let line = try Quantities.bandwidth(text, for: .bandwidth)
        #expect(line.upload == upload)
        #expect(line.download == download)
    }

    @Test(arguments: ["", "20", "20mb", "mbit", "0mbit", "-1mbit", "20mbit/", "1mbit/2mbit/3mbit"])
    func whatIsNoBandwidth(text: String) {
        #expect(throws: BenchError.self) { try Quantities.bandwidth(text, for: .bandwidth) }
    }

    @Test(arguments: [("500", 2_000), ("32k", 128_000), ("1.5k", 6_000), ("128kB", 128_000), ("800B", 800), ("0", 0), ("2MB", 2_000_000)])
    func amountsOfText(text: String, bytes: Int) throws {
        #expect(try Quantities.textBytes(text, for: .contextBytes) == bytes)
    }

    @Test(arguments: ["", "k", "-3", "32t", "9MB", "1e3"])
    func whatIsNoAmountOfText(text: String) {
        #expect(throws: BenchError.self) { try Quantities.textBytes(text, for: .contextBytes) }
    }

    @Test func waysOfAList() throws {
        #expect(try BenchPlan.ways("http-full, websocket") == [.httpFull, .webSocket])
        let error = #expect(throws: BenchError.self) { try BenchPlan.ways("http-full,carrier-pigeon") }
        #expect(error?.setting == .ways)
        #expect(error?.message == "there is no way 'carrier-pigeon'")
    }

    @Test func theDefaultPlanIsValid() throws { try BenchPlan().validate() }

    @Test(arguments: [
        (BenchSetting.toolCalls, -1), (.contextBytes, 9_000_000), (.toolsBytes, -1), (.outputTokens, 15),
        (.toolOutputBytes, 9_000_000), (.concurrency, 0), (.repetitions, 0),
    ])
    func whatNoPlanMayHold(setting: BenchSetting, value: Int) {
        var plan = BenchPlan()
        switch setting {
        case .toolCalls: plan.toolCalls = value
        case .contextBytes: plan.contextBytes = value
        case .toolsBytes: plan.toolsBytes = value
        case .outputTokens: plan.outputTokens = value
        case .toolOutputBytes: plan.toolOutputBytes = value
        case .concurrency: plan.concurrency = value
        default: plan.repetitions = value
        }
        let error = #expect(throws: BenchError.self) { try plan.validate() }
        #expect(error?.setting == setting)
        #expect(error?.message == "\(value) is out of range")
    }

    @Test func aPlanHasWaysAndAnEnd() {
        var plan = BenchPlan()
        plan.ways = []
        #expect(throws: BenchError.self) { try plan.validate() }
        plan.ways = [.webSocket, .webSocket]
        #expect(throws: BenchError.self) { try plan.validate() }
        plan = BenchPlan()
        (plan.repetitions, plan.toolCalls) = (1_000, 1_000)
        #expect(throws: BenchError.self) { try plan.validate() }
    }

    @Test(arguments: [
        ("http://127.0.0.1:8484/v1", false, "127.0.0.1", 8484, "/v1", "127.0.0.1:8484"),
        ("https://api.example.com/v1/", true, "api.example.com", 443, "/v1", "api.example.com"),
        ("https://api.example.com:8443", true, "api.example.com", 8443, "", "api.example.com:8443"),
        ("localhost:8484", false, "localhost", 8484, "", "localhost:8484"),
        ("http://[::1]:80/a/b", false, "::1", 80, "/a/b", "[::1]"),
    ])
    func addresses(url: String, isSecure: Bool, host: String, port: Int, path: String, authority: String) throws {
        let address = try ProxyTarget(url)
        #expect(address.isSecure == isSecure)
        #expect(address.host == host)
        #expect(address.port == port)
        #expect(address.path == path)
        #expect(address.authority == authority)
    }

    @Test(arguments: ["", "ftp://host", "http://", "http://host:0", "http://host:x", "http://a@b", "http://[::1"])
    func whatIsNoAddress(url: String) {
        #expect(throws: BenchError.self) { try ProxyTarget(url) }
    }
}
