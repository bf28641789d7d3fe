import LibC
import Logging
import Testing

@testable import BufferedLog

/// What becomes of levels, metadata and errors.
@Suite(.timeLimit(.minutes(1))) struct BufferedLogHandlerTests {
    /// The lines without their times.
    private func lines(
        _ format: LogFormat, firstKeys: [String] = [], provider: Logger.MetadataProvider? = nil, _ body: (inout Logger) -> Void
    ) throws -> [String] {
        var ends: [Int32] = [-1, -1]
        try #require(pipe(&ends) == 0)
        defer { for end in ends { close(end) } }
        let writer = try LogWriter(descriptor: ends[1], format: format)
        var logger = Logger(label: "hotline") {
            BufferedLogHandler(label: $0, writer: writer, firstKeys: firstKeys, metadataProvider: provider)
        }
        body(&logger)
        #expect(writer.close(within: .seconds(30)))
        var bytes = [UInt8](repeating: 0, count: 65536)
        let count = read(ends[0], &bytes, bytes.count)
        let timeLength = format == .text ? 25 : 35
        return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self).split(separator: "\n").map { String($0.dropFirst(timeLength)) }
    }

    private let metadata: Logger.Metadata = [
        "words": "two words", "request": "req_1", "milliseconds": .stringConvertible(12), "share": .stringConvertible(0.5),
        "isWarm": .stringConvertible(true), "count": "7", "hosts": ["a", "b"], "limits": ["tokens": .stringConvertible(8), "bytes": "9"],
    ]

    @Test func textInAStableOrder() throws {
        let lines = try lines(.text, firstKeys: ["request", "absent", "milliseconds"]) { $0.warning("engine failed", metadata: metadata) }
        #expect(
            lines == [
                "warning engine failed request=req_1 milliseconds=12 count=7 hosts.0=a hosts.1=b isWarm=true limits.bytes=9 limits.tokens=8 share=0.5 words=\"two words\""
            ])
    }

    @Test func numbersAreNumbersInJSON() throws {
        let lines = try lines(.json) { $0.error("failed", metadata: metadata) }
        #expect(
            lines == [
                #""level":"error","message":"failed","logger":"hotline","count":"7","hosts.0":"a","hosts.1":"b","isWarm":true,"limits.bytes":"9","limits.tokens":8,"milliseconds":12,"request":"req_1","share":0.5,"words":"two words"}"#
            ])
    }

    @Test func theNearestMetadataHolds() throws {
        let provider = Logger.MetadataProvider { ["a": "provider", "b": "provider", "c": "provider"] }
        let lines = try lines(.text, provider: provider) { logger in
            logger[metadataKey: "a"] = "logger"
            logger[metadataKey: "b"] = "logger"
            logger.info("m", metadata: ["a": "line"])
        }
        #expect(lines == ["info m a=line b=logger c=provider"])
    }

    @Test func levelsBelowAreLeftOut() throws {
        let lines = try lines(.text) { logger in
            logger.debug("no")
            logger.logLevel = .warning
            logger.info("no")
            logger.warning("yes")
        }
        #expect(lines == ["warning yes"])
    }

    @Test func namesCannotPretend() throws {
        let lines = try lines(.json) {
            $0.info("m", metadata: ["time": "1", "a b\"": "2", "a_b_": "3", "": "4", "message": "5", "a\n": .stringConvertible(Double.nan)])
        }
        #expect(
            lines == [
                #""level":"info","message":"m","logger":"hotline","_":"4","a_":"nan","a_b_":"2","a_b__":"3","message_":"5","time_":"1"}"#
            ])
    }

    @Test func ofAnErrorOnlyItsTypeIsWritten() throws {
        struct Secretive: Error { var prompt = "SECRET" }
        let lines = try lines(.text) { $0.error("failed", error: Secretive()) }
        #expect(lines.count == 1)
        #expect(lines[0].contains("error.type=") && lines[0].contains("Secretive") && !lines[0].contains("SECRET"))
    }
}
