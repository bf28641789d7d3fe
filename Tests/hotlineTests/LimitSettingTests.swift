import ArgumentParser
import ResponsesCore
import ResponsesServer
import Testing

@testable import hotline

/// Every limit is an operator's to set, by its name.
@Suite struct LimitSettingTests {
    /// Fields that are set in another way.
    private static let exceptions = [
        "lifetime": "has the flag --lifetime", "shutdownGrace": "has the flag --shutdown-grace",
        "prefixMemoryTime": "has the flag --prefix-memory",
    ]

    /// The fields that differ.
    private func changed(_ limits: Limits) -> Set<String> {
        let (old, new) = (Mirror(reflecting: Limits()).children, Mirror(reflecting: limits).children)
        return Set(zip(old, new).filter { "\($0.value)" != "\($1.value)" }.compactMap { $1.label })
    }

    /// A value that no limit has by default.
    private func value(of setting: LimitSetting) -> String {
        switch setting.field {
        case .bytes: "12345"
        case .count: "54321"
        case .duration: "12345ms"
        case .fraction: "0.0123"
        }
    }

    @Test func everyFieldHasOneName() throws {
        var names: [String: String] = [:]
        for setting in LimitSetting.all {
            var limits = Limits()
            try limits.set("\(setting.name)=\(value(of: setting))", from: "--limit")
            let fields = changed(limits)
            let field = try #require(fields.first, "\(setting.name) changes nothing")
            #expect(fields.count == 1 && names[field] == nil, "\(setting.name)")
            names[field] = setting.name
            #expect(setting.text(in: limits) == value(of: setting))
        }
        let all = Set(Mirror(reflecting: Limits()).children.compactMap(\.label))
        #expect(all.subtracting(names.keys).symmetricDifference(Self.exceptions.keys) == [], "a field has no row in LimitSetting.all")
        #expect(Set(LimitSetting.all.map(\.name)).count == LimitSetting.all.count)
    }

    @Test func defaultsAreWrittenAsTheyAreRead() throws {
        for setting in LimitSetting.all {
            var limits = Limits()
            try limits.set("\(setting.name)=\(setting.text(in: Limits()))", from: "--limit")
            #expect(limits == Limits(), "\(setting.name)")
        }
    }

    @Test(arguments: [
        ("response-bytes=1", 1), ("response-bytes=8KiB", 8192), ("response-bytes=32MiB", 32 << 20), ("response-bytes=2GiB", 2 << 30),
        ("response-bytes=1048576GiB", 1 << 50),
    ])
    func bytes(_ text: String, _ bytes: Int) throws {
        var limits = Limits()
        try limits.set(text, from: "--limit")
        #expect(limits.responseBytesMax == bytes)
    }

    @Test(arguments: [
        ("response-bytes", "--limit: 'response-bytes' has no value"), ("", "--limit: '' has no value"),
        ("responses=1", "--limit: there is no limit 'responses'"), ("=1", "--limit: there is no limit ''"),
        ("response-bytes=", "--limit: '' cannot be response-bytes"), ("response-bytes=0", "--limit: '0' cannot be response-bytes"),
        ("response-bytes=-1", "--limit: '-1' cannot be response-bytes"), ("response-bytes=1.5MiB", "--limit: '1.5MiB' cannot be response-bytes"),
        ("response-bytes=1MB", "--limit: '1MB' cannot be response-bytes"), ("response-bytes=MiB", "--limit: 'MiB' cannot be response-bytes"),
        ("response-bytes=1048577GiB", "--limit: '1048577GiB' cannot be response-bytes"),
        ("response-bytes=99999999999999999GiB", "--limit: '99999999999999999GiB' cannot be response-bytes"),
        ("sockets=0", "--limit: '0' cannot be sockets"), ("sockets=1KiB", "--limit: '1KiB' cannot be sockets"),
        ("sockets=2000000000", "--limit: '2000000000' cannot be sockets"), ("heartbeat=0s", "--limit: '0s' cannot be heartbeat"),
        ("heartbeat=soon", "--limit: 'soon' cannot be heartbeat"),
    ])
    func whatIsWrongIsNamed(_ text: String, _ message: String) throws {
        var limits = Limits()
        let failure = try #require(throws: Failure.self) { try limits.set(text, from: "--limit") }
        #expect(failure.message == message)
        #expect(failure.code == 64 && failure.wayOut.hasSuffix("."))
        #expect(limits == Limits())
    }

    @Test func flagsWinOverTheEnvironment() throws {
        let flags = try ServeFlags.parse(["--limit", "sockets=3", "--limit", "store=1MiB", "--limit", "sockets=4"])
        let settings = try ServeSettings(flags) {
            $0 == "HOTLINE_LIMITS" ? "sockets=1, heartbeat=5s,,response-items=7" : nil
        }
        let limits = settings.server.limits
        #expect(limits.connectionsMax == 4 && limits.storeBytesMax == 1 << 20)
        #expect(limits.heartbeat == .seconds(5) && limits.responseItemsMax == 7)
        let failure = try #require(throws: Failure.self) {
            try ServeSettings(ServeFlags.parse([])) { $0 == "HOTLINE_LIMITS" ? "sockets=none" : nil }
        }
        #expect(failure.message == "HOTLINE_LIMITS: 'none' cannot be sockets")
    }

    @Test func theListHasEveryName() {
        let lines = LimitsCommand.text.split(separator: "\n")
        #expect(lines.count == LimitSetting.all.count)
        #expect(lines.contains { $0.hasPrefix("response-bytes ") && $0.contains(" 32MiB  one response") })
        #expect(ServeCommand.helpMessage().contains("--limit <name=value>"))
    }
}
