#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What was measured, as values and as JSON. Names are stable; they end in their unit.
///
/// Durations are in milliseconds, sizes in bytes. Where several agents or repetitions were measured, a `Spread` holds the
/// median and the quartiles over all of them.
public struct BenchResult: Sendable, Hashable, Codable {
    /// Raised when a name changes its meaning or goes away.
    public var format = 1
    /// When it was measured, in seconds since 1970.
    public var measuredAt: Int
    /// The version of the program that measured.
    public var version: String
    public var server: Server
    public var plan: Plan
    /// In the order of the plan; the first is what the others are compared with.
    public var ways: [WayResult]

    enum CodingKeys: String, CodingKey {
        case format, version, server, plan, ways
        case measuredAt = "measured_at"
    }

    public struct Server: Sendable, Hashable, Codable {
        /// Nil for the built-in server with the scripted engine.
        public var url: String?
        public var model: String
        /// The scripted engine's speed as it was given; nil for other engines, and where nothing was given.
        public var scripted: String?

        public init(url: String? = nil, model: String, scripted: String? = nil) {
            self.url = url
            self.model = model
            self.scripted = scripted
        }
    }

    public struct Plan: Sendable, Hashable, Codable {
        public var toolCalls: Int
        public var contextBytes: Int
        public var toolsBytes: Int
        public var outputTokens: Int
        public var toolOutputBytes: Int
        /// How long a tool works, which no total counts.
        public var toolTimeMs: Double
        public var roundTripMs: Double
        /// Bits per second; nil for a line without limit.
        public var uploadBitsPerSecond: Double?
        public var downloadBitsPerSecond: Double?
        public var concurrency: Int
        public var repetitions: Int

        enum CodingKeys: String, CodingKey {
            case concurrency, repetitions
            case toolCalls = "tool_calls"
            case contextBytes = "context_bytes"
            case toolsBytes = "tools_bytes"
            case outputTokens = "output_tokens"
            case toolOutputBytes = "tool_output_bytes"
            case toolTimeMs = "tool_time_ms"
            case roundTripMs = "round_trip_ms"
            case uploadBitsPerSecond = "upload_bits_per_second"
            case downloadBitsPerSecond = "download_bits_per_second"
        }
    }

    public struct WayResult: Sendable, Hashable, Codable {
        public var way: Way
        /// From the first request to the end of the last turn, connecting included, a warmup not.
        public var totalMs: Spread
        /// The same with the warmup and connecting for it.
        public var totalWithWarmUpMs: Spread
        /// Nil for the ways without a warmup.
        public var warmUpMs: Spread?
        /// Median total of this way to that of the first: 0.6 takes 60 % of its time.
        public var ratioToFirst: Double
        /// The same with the warmup counted.
        public var ratioToFirstWithWarmUp: Double
        /// Over all turns.
        public var turnMs: Spread
        /// Over all turns.
        public var firstTokenMs: Spread
        /// Of a whole run, the warmup included.
        public var sentBytes: Spread
        public var receivedBytes: Spread
        /// Tokens of a whole run, as the server counts.
        public var inputTokens: Spread
        public var cachedTokens: Spread
        public var outputTokens: Spread
        /// Of all runs together: turns that had to send the whole conversation, as the server did not know the one before.
        public var fullResends: Int
        /// Of all runs together: how often a turn was sent again, as its connection was gone.
        public var resends: Int
        /// Of all runs together: turns in which the model was to call a tool and did not.
        public var turnsWithoutCall: Int
        public var turns: [TurnResult]
        /// Every run's total in the order of the measurement, for other statistics.
        public var runsTotalMs: [Double]

        enum CodingKeys: String, CodingKey {
            case way, turns, resends
            case totalMs = "total_ms"
            case totalWithWarmUpMs = "total_with_warm_up_ms"
            case warmUpMs = "warm_up_ms"
            case ratioToFirst = "ratio_to_first"
            case ratioToFirstWithWarmUp = "ratio_to_first_with_warm_up"
            case turnMs = "turn_ms"
            case firstTokenMs = "first_token_ms"
            case sentBytes = "sent_bytes"
            case receivedBytes = "received_bytes"
            case inputTokens = "input_tokens"
            case cachedTokens = "cached_tokens"
            case outputTokens = "output_tokens"
            case fullResends = "full_resends"
            case turnsWithoutCall = "turns_without_call"
            case runsTotalMs = "runs_total_ms"
        }

        /// How much less time than the first way, in percent; negative when it takes more.
        public var savedPercent: Double { (1 - ratioToFirst) * 100 }
        public var savedPercentWithWarmUp: Double { (1 - ratioToFirstWithWarmUp) * 100 }
    }

    public struct TurnResult: Sendable, Hashable, Codable {
        /// From 1.
        public var turn: Int
        public var ms: Spread
        public var firstTokenMs: Spread
        public var sentBytes: Spread
        public var receivedBytes: Spread

        enum CodingKeys: String, CodingKey {
            case turn, ms
            case firstTokenMs = "first_token_ms"
            case sentBytes = "sent_bytes"
            case receivedBytes = "received_bytes"
        }
    }
}

extension BenchResult {
    /// The result as JSON: indented, members in alphabetical order.
    public func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }

    /// - Throws: `DecodingError` when it is not such JSON.
    public init(json: String) throws {
        self = try JSONDecoder().decode(BenchResult.self, from: Data(json.utf8))
    }
}
