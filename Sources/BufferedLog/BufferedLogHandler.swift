public import Logging

/// Makes a line of each log event and hands it to a `LogWriter`.
///
/// Metadata is written flat: a dictionary's and an array's values get names such as `limits.tokens` and `hosts.0`. A
/// value given as `.stringConvertible` that is a number or a truth value is one in JSON too; everything else is a text.
/// Of an error that is attached to an event only the type is written: its text may hold anything.
public struct BufferedLogHandler: LogHandler {
    public var logLevel: Logger.Level = .info
    public var metadata: Logger.Metadata = [:]
    public var metadataProvider: Logger.MetadataProvider?

    private let label: String
    private let writer: LogWriter
    private let ranks: [String: Int]

    /// - Parameters:
    ///   - label: the logger's name, in JSON only.
    ///   - firstKeys: metadata keys that come first, in this order; the others follow by the alphabet.
    public init(label: String, writer: LogWriter, firstKeys: [String] = [], metadataProvider: Logger.MetadataProvider? = nil) {
        self.label = label
        self.writer = writer
        self.metadataProvider = metadataProvider
        ranks = Dictionary(firstKeys.enumerated().map { ($1, $0) }) { first, _ in first }
    }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    public func log(event: LogEvent) {
        var line = LogLine(time: .now(), level: event.level, message: event.message.description, logger: label)
        line.fields = fields(of: event)
        writer.write(line.bytes(writer.format))
    }

    // MARK: Metadata

    private func fields(of event: LogEvent) -> [(name: String, value: LogLine.Value)] {
        var all = metadata
        if let provided = metadataProvider?.get() { all.merge(provided) { own, _ in own } }
        if let own = event.metadata { all.merge(own) { $1 } }
        if let error = event.error { all["error.type"] = .string(String(reflecting: type(of: error))) }
        if all.isEmpty { return [] }
        var fields: [(name: String, value: LogLine.Value)] = []
        var taken = Self.ownNames
        for key in all.keys.sorted(by: comesBefore) {
            if let value = all[key] { Self.flatten(key, value, depth: 0, into: &fields, &taken) }
        }
        return fields
    }

    private func comesBefore(_ one: String, _ other: String) -> Bool {
        let (first, second) = (ranks[one] ?? .max, ranks[other] ?? .max)
        return first == second ? one < other : first < second
    }

    /// Members that every JSON line has.
    private static let ownNames: Set<String> = ["time", "level", "message", "logger"]
    /// Deeper metadata is written as one text.
    private static let depthMax = 4

    private static func flatten(
        _ key: String, _ value: Logger.Metadata.Value, depth: Int, into fields: inout [(name: String, value: LogLine.Value)],
        _ taken: inout Set<String>
    ) {
        switch value {
        case .dictionary(let members) where depth < depthMax:
            for name in members.keys.sorted() {
                if let member = members[name] { flatten("\(key).\(name)", member, depth: depth + 1, into: &fields, &taken) }
            }
        case .array(let elements) where depth < depthMax:
            for (index, element) in elements.enumerated() {
                flatten("\(key).\(index)", element, depth: depth + 1, into: &fields, &taken)
            }
        case .stringConvertible(let value): fields.append((name(key, &taken), Self.value(value)))
        case .string(let text): fields.append((name(key, &taken), .text(text)))
        case .dictionary, .array: fields.append((name(key, &taken), .text(value.description)))
        }
    }

    private static func value(_ value: any CustomStringConvertible) -> LogLine.Value {
        if value is any BinaryInteger || value is Bool { return .literal(value.description) }
        if let number = value as? Double, number.isFinite { return .literal(number.description) }
        if let number = value as? Float, number.isFinite { return .literal(number.description) }
        return .text(value.description)
    }

    /// A key as it can stand before `=` and in JSON alike, unlike any that stands in the line already.
    private static func name(_ key: String, _ taken: inout Set<String>) -> String {
        var name = String(
            String.UnicodeScalarView(
                key.unicodeScalars.prefix(128).map { scalar in
                    switch scalar {
                    case "a"..."z", "A"..."Z", "0"..."9", "_", "-", ".": scalar
                    default: "_"
                    }
                }))
        if name.isEmpty { name = "_" }
        while !taken.insert(name).inserted { name.append("_") }
        return name
    }
}
