import Foundation
import ResponsesAPI
import Testing

/// One of the published files, and samples made by it.
struct Schemas {
    static let folder = packageRoot.deletingLastPathComponent().appending(path: "shared/spec")
    static let areThere = FileManager.default.fileExists(atPath: folder.appending(path: "stream-events.json").path)

    private let all: [String: JSONValue]

    init(_ file: String) throws {
        let schemas = JSONValue(try Self.read(file))["components"]?["schemas"]
        all = Dictionary((schemas?.members ?? []).map { ($0.name, $0.value) }) { $1 }
    }

    static func read(_ file: String) throws -> RawJSON {
        try RawJSON(parsing: Array(Data(contentsOf: folder.appending(path: file))))
    }

    func named(_ name: String) throws -> JSONValue { try #require(all[name], "\(name)") }

    private func resolved(_ schema: JSONValue) -> JSONValue {
        guard let reference = schema["$ref"]?.stringValue, let name = reference.split(separator: "/").last else { return schema }
        return resolved(all[String(name)] ?? .null)
    }

    private func parts(_ schema: JSONValue) -> [JSONValue] {
        let schema = resolved(schema)
        return [schema] + (schema["allOf"]?.elements.flatMap { parts($0) } ?? [])
    }

    func properties(of schema: JSONValue) -> [JSONValue.Member] {
        var found: [JSONValue.Member] = []
        for member in parts(schema).flatMap({ $0["properties"]?.members ?? [] }) where !found.contains(where: { $0.name == member.name }) {
            found.append(member)
        }
        return found
    }

    func required(of schema: JSONValue) -> [String] {
        parts(schema).flatMap { $0["required"]?.elements.compactMap(\.stringValue) ?? [] }
    }

    /// The members of a union, those of unions within it included.
    func alternatives(of schema: JSONValue) -> [JSONValue] {
        let schema = resolved(schema)
        guard let union = schema["oneOf"] ?? schema["anyOf"] else { return [schema] }
        return union.elements.flatMap { alternatives(of: $0) }
    }

    /// The smallest value that fits a schema, objects with their required members only.
    func sample(_ schema: JSONValue, depth: Int = 0) -> JSONValue {
        let schema = resolved(schema)
        if let constant = schema["const"] { return constant }
        if let first = schema["enum"]?.elements.first { return first }
        if let union = schema["oneOf"] ?? schema["anyOf"] {
            return sample(union.elements.first { resolved($0)["type"]?.stringValue != "null" } ?? .null, depth: depth + 1)
        }
        if !properties(of: schema).isEmpty { return objectSample(schema, depth: depth) }
        // Of parts that do not make an object, one gives the kind and the rest describe it.
        if let part = schema["allOf"]?.elements.first { return sample(part, depth: depth + 1) }
        switch schema["type"]?.stringValue ?? schema["type"]?[0]?.stringValue {
        case "string": return "x"
        case "integer", "number": return schema["minimum"] ?? 1
        case "boolean": return true
        case "array":
            let count = schema["minItems"]?.intValue ?? 0
            return .array((0..<count).map { _ in sample(schema["items"] ?? .null, depth: depth + 1) })
        case "null": return .null
        default: return .object([])
        }
    }

    private func objectSample(_ schema: JSONValue, depth: Int) -> JSONValue {
        var object = JSONValue.object([])
        let properties = properties(of: schema)
        // Deeper than any schema needs to nest: one that contains itself ends here.
        guard depth < 30 else { return object }
        for name in required(of: schema) {
            guard let property = properties.first(where: { $0.name == name }) else { continue }
            object[name] = sample(property.value, depth: depth + 1)
        }
        return object
    }
}
