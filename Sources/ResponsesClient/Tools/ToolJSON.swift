#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif
import ResponsesAPI

/// How values of Swift types are written in arguments and outputs: dates as in RFC 3339, members in a fixed order.
enum ToolJSON {
    /// - Throws: `DecodingError`, or what the type's own `init(from:)` throws.
    static func decode<T: Decodable>(_ type: T.Type, from json: RawJSON) throws -> T {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .custom { decoder in
            let text = try decoder.singleValueContainer().decode(String.self)
            // Models write both.
            if let date = try? Date(text, strategy: .iso8601) { return date }
            if let date = try? Date(text, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true)) { return date }
            throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: "not a date of RFC 3339"))
        }
        return try decoder.decode(type, from: Data(json.bytes))
    }

    /// Sorted: otherwise the order of members changes from run to run, and caches cannot reuse the text.
    static func encode(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .iso8601
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }
}
