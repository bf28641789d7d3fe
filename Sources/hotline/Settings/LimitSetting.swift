import ResponsesCore

/// A limit of the server as an operator sets it: `response-bytes=8MiB`.
///
/// One row of `all` for each field of `Limits`, whose documentation has the reasons. A field without a row fails a test.
struct LimitSetting: Sendable {
    /// Which field it is, and how its values are written.
    enum Field: Sendable {
        /// A number with KiB, MiB or GiB, or of bytes.
        case bytes(any WritableKeyPath<Limits, Int> & Sendable)
        /// A number.
        case count(any WritableKeyPath<Limits, Int> & Sendable)
        /// A number with ms, s, m or h.
        case duration(any WritableKeyPath<Limits, Duration> & Sendable)
        /// A number up to 1, or a percentage.
        case fraction(any WritableKeyPath<Limits, Double> & Sendable)
    }

    let name: String
    let field: Field
    /// What is limited, in a few words.
    let meaning: String

    static let all: [LimitSetting] = [
        LimitSetting(name: "turns-in-flight", field: .count(\.turnsInFlightMax), meaning: "turns that run on one connection"),
        LimitSetting(name: "lane-names", field: .count(\.laneNamesMax), meaning: "lanes of one connection"),
        LimitSetting(name: "turns-waiting", field: .count(\.turnsWaitingMax), meaning: "turns that wait on one connection"),
        LimitSetting(name: "bytes-waiting", field: .bytes(\.bytesWaitingMax), meaning: "what the turns that wait take"),
        LimitSetting(name: "tools-kept", field: .bytes(\.toolsKeptBytesMax), meaning: "tools that a connection keeps to compare"),
        LimitSetting(name: "types-reported", field: .count(\.typesReportedMax), meaning: "left-out types that a connection logs"),
        LimitSetting(name: "lifetime-grace", field: .duration(\.lifetimeGrace), meaning: "turns after a socket's lifetime"),
        LimitSetting(name: "heartbeat", field: .duration(\.heartbeat), meaning: "silence before a sign of life"),
        LimitSetting(name: "write-stall", field: .duration(\.writeStallMax), meaning: "a client that does not read"),
        LimitSetting(name: "response-bytes", field: .bytes(\.responseBytesMax), meaning: "one response"),
        LimitSetting(name: "response-items", field: .count(\.responseItemsMax), meaning: "items of one response, with its calls"),
        LimitSetting(name: "response-duration", field: .duration(\.responseDurationMax), meaning: "an engine's work on one response"),
        LimitSetting(name: "message-bytes", field: .bytes(\.messageBytesMax), meaning: "one message, one HTTP body"),
        LimitSetting(name: "fragments", field: .count(\.fragmentsMax), meaning: "fragments of one message"),
        LimitSetting(name: "large", field: .bytes(\.largeBytesMin), meaning: "from here on, work beside the event loop"),
        LimitSetting(name: "outgoing-bytes", field: .bytes(\.outgoingBytesHigh), meaning: "unsent events before the engine waits"),
        LimitSetting(name: "connection-memory", field: .bytes(\.connectionMemoryBytesMax), meaning: "conversations of a connection"),
        LimitSetting(name: "process-memory", field: .bytes(\.processMemoryBytesMax), meaning: "what is held for all clients"),
        LimitSetting(name: "owner-share", field: .fraction(\.ownerShare), meaning: "one key's part of memory, store among it"),
        LimitSetting(name: "store", field: .bytes(\.storeBytesMax), meaning: "stored responses, when they are in memory"),
        LimitSetting(name: "chain-cache", field: .bytes(\.chainCacheBytesMax), meaning: "prompts of stored responses"),
        LimitSetting(name: "tools-shared", field: .bytes(\.toolsSharedBytesMax), meaning: "tools of stored turns, kept for the next"),
        LimitSetting(name: "prefix-memory", field: .bytes(\.prefixMemoryBytesMax), meaning: "conversations that clients send whole"),
        LimitSetting(name: "background", field: .count(\.backgroundMax), meaning: "responses that run in the background"),
        LimitSetting(name: "background-of-owner", field: .count(\.backgroundMaxOfOwner), meaning: "those of one key"),
        LimitSetting(name: "replay-time", field: .duration(\.replayTime), meaning: "events of what is over, in memory"),
        LimitSetting(name: "replay-bytes", field: .bytes(\.replayBytesMax), meaning: "events of what is over, in memory"),
        LimitSetting(name: "sockets", field: .count(\.connectionsMax), meaning: "open WebSockets"),
        LimitSetting(name: "close-timeout", field: .duration(\.closeTimeout), meaning: "the wait for a close frame"),
        LimitSetting(name: "ping-interval", field: .duration(\.pingInterval), meaning: "between two pings"),
        LimitSetting(name: "pong-timeout", field: .duration(\.pongTimeout), meaning: "a silent peer"),
        LimitSetting(name: "http-idle", field: .duration(\.httpIdleTimeout), meaning: "silence between HTTP requests"),
        LimitSetting(name: "tcp-connections", field: .count(\.tcpConnectionsMax), meaning: "connections of all kinds"),
        LimitSetting(name: "connections-per-address", field: .count(\.connectionsPerAddressMax), meaning: "of one address, or IPv6 /64"),
        LimitSetting(name: "listen-backlog", field: .count(\.listenBacklog), meaning: "connections that are not accepted yet"),
        LimitSetting(name: "accept-pause", field: .duration(\.acceptPause), meaning: "the rest when descriptors run out"),
        LimitSetting(name: "head-timeout", field: .duration(\.headTimeout), meaning: "a request's head"),
        LimitSetting(name: "head-bytes", field: .bytes(\.headBytesMax), meaning: "a request's head"),
        LimitSetting(name: "head-fields", field: .count(\.headFieldsMax), meaning: "fields of a head"),
        LimitSetting(name: "body-grace", field: .duration(\.bodyGrace), meaning: "a body at any rate"),
        LimitSetting(name: "body-bytes-per-second", field: .bytes(\.bodyBytesPerSecondMin), meaning: "the least a body brings each second"),
        LimitSetting(name: "body-time", field: .duration(\.bodyTimeMax), meaning: "a body in all"),
        LimitSetting(name: "linger-time", field: .duration(\.lingerTimeMax), meaning: "what comes behind the last answer"),
        LimitSetting(name: "linger-bytes", field: .bytes(\.lingerBytesMax), meaning: "what comes behind the last answer"),
        LimitSetting(name: "shutdown-tail", field: .duration(\.shutdownTail), meaning: "connections after the shutdown's grace"),
        LimitSetting(name: "model-list-age", field: .duration(\.modelListAgeMax), meaning: "the engine's list of models"),
    ]

    static func named(_ name: String) -> LimitSetting? { all.first { $0.name == name } }

    // MARK: Reading

    /// More is a slip, and sums of a few must not overflow.
    private static let bytesMax = 1 << 50
    private static let countMax = 1_000_000_000

    /// Reads a value into its field.
    ///
    /// - Returns: false, and nothing is changed, for what is no value of it.
    func set(_ text: String, in limits: inout Limits) -> Bool {
        switch field {
        case .bytes(let path):
            guard let bytes = Self.bytes(text) else { return false }
            limits[keyPath: path] = bytes
        case .count(let path):
            guard let count = Int(text), (1...Self.countMax).contains(count) else { return false }
            limits[keyPath: path] = count
        case .duration(let path):
            guard let duration = Duration(shortForm: text), duration > .zero else { return false }
            limits[keyPath: path] = duration
        case .fraction(let path):
            guard let fraction = Self.fraction(text) else { return false }
            limits[keyPath: path] = fraction
        }
        return true
    }

    private static let units = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)]

    /// A number of bytes, with KiB, MiB or GiB or without; nil for anything else.
    static func bytes(_ text: String) -> Int? {
        let unit = units.first { text.hasSuffix($0.0) }
        guard let number = Int(text.dropLast(unit?.0.count ?? 0)), number > 0 else { return nil }
        let (bytes, overflow) = number.multipliedReportingOverflow(by: unit?.1 ?? 1)
        return overflow || bytes > bytesMax ? nil : bytes
    }

    static func fraction(_ text: String) -> Double? {
        let isPercentage = text.hasSuffix("%")
        guard let number = Double(text.dropLast(isPercentage ? 1 : 0)) else { return nil }
        let fraction = isPercentage ? number / 100 : number
        return fraction > 0 && fraction <= 1 ? fraction : nil
    }

    // MARK: Writing

    /// Its value as `set` reads it.
    func text(in limits: Limits) -> String {
        switch field {
        case .bytes(let path):
            return Self.text(bytes: limits[keyPath: path])
        case .count(let path): return "\(limits[keyPath: path])"
        case .duration(let path): return Self.text(limits[keyPath: path])
        case .fraction(let path): return "\(limits[keyPath: path])"
        }
    }

    /// As `bytes` reads it.
    static func text(bytes: Int) -> String {
        let unit = units.first { bytes >= $0.1 && bytes % $0.1 == 0 }
        return "\(bytes / (unit?.1 ?? 1))\(unit?.0 ?? "")"
    }

    private static func text(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        if attoseconds != 0 { return "\(seconds * 1000 + attoseconds / 1_000_000_000_000_000)ms" }
        if seconds % 3600 == 0 { return "\(seconds / 3600)h" }
        return seconds % 60 == 0 ? "\(seconds / 60)m" : "\(seconds)s"
    }

    static let bytesForm = "a number of bytes above 0, with KiB, MiB or GiB or without, such as 32MiB"

    /// How a value is written, for a sentence about one that is not.
    var form: String {
        switch field {
        case .bytes: Self.bytesForm
        case .count: "a whole number above 0"
        case .duration: "a number above 0 with ms, s, m or h, such as 90s"
        case .fraction: "a number above 0 up to 1, or a percentage"
        }
    }
}

extension Limits {
    /// Changes them by a text such as `response-bytes=8MiB`.
    ///
    /// - Parameter source: the flag or the variable that holds the text.
    mutating func set(_ text: String, from source: String) throws(Failure) {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2 else {
            throw .badSetting("\(source): '\(text)' has no value", "Write it as NAME=VALUE, such as response-bytes=32MiB.")
        }
        guard let setting = LimitSetting.named(parts[0]) else {
            throw .badSetting("\(source): there is no limit '\(parts[0])'", "'hotline limits' lists them.")
        }
        guard setting.set(parts[1], in: &self) else {
            throw .badSetting("\(source): '\(parts[1])' cannot be \(setting.name)", "Write \(setting.form).")
        }
    }
}
