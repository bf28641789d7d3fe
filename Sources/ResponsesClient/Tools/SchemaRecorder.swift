#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif
import ResponsesAPI

/// Finds a type's schema by running its `init(from:)` once.
///
/// Every value that the type asks for is recorded and answered with a plain one, so that it asks for the next. For a type
/// that refuses such values the error says how it can provide its schema itself.
final class SchemaRecorder {
    /// Properties of one schema, all levels together: the limit of strict mode. Bounds schemas that would grow forever.
    static let propertiesMax = 5000
    /// Types within types. Deeper than any schema that a model fills in.
    static let depthMax = 64
    /// Short, not empty, a number and valid Base64: passes most checks that types make of their strings.
    static let placeholderText = "1000"

    private struct OpenType {
        let id: ObjectIdentifier
        let name: String
        var isRecursive = false
    }

    private struct Definition {
        let id: ObjectIdentifier
        let name: String
        let node: SchemaNode
    }

    private var descriptions: [String: String]
    private var unusedDescriptions: Set<String>
    private var open: [OpenType] = []
    private var definitions: [Definition] = []
    private var names: [ObjectIdentifier: String] = [:]
    /// The fields found so far, in order.
    private var paths: [String] = []
    /// The first problem, also when a type's `try?` swallowed it.
    private var problem: SchemaError?

    private init(_ descriptions: [String: String]) {
        self.descriptions = descriptions
        unusedDescriptions = Set(descriptions.keys)
    }

    static func schema<T: Decodable>(
        of type: T.Type, describing fields: [String: String]
    ) throws(SchemaError) -> JSONValue {
        let recorder = SchemaRecorder(fields)
        let root = SchemaNode()
        do {
            _ = try recorder.record(type, into: root, at: "")
        } catch {
            throw recorder.problem ?? (error as? SchemaError) ?? SchemaError(path: "", "\(error)")
        }
        if let problem = recorder.problem { throw problem }
        if let path = recorder.unusedDescriptions.min() {
            let known = recorder.paths.isEmpty ? "it has none" : recorder.paths.map { "'\($0)'" }.joined(separator: ", ")
            throw SchemaError(path: path, "There is a description for it, but no such field in '\(type)': \(known).")
        }
        var schema = root.schema
        if !recorder.definitions.isEmpty {
            schema["$defs"] = .object(recorder.definitions.map { .init($0.name, $0.node.schema) })
        }
        return schema
    }

    /// Records a property of an object and returns a value for it; nil when the type contains itself.
    func property<T: Decodable>(
        _ type: T.Type, named name: String, of parent: SchemaNode, at path: String, isOptional: Bool
    ) throws -> T? {
        let node = try property(named: name, of: parent, at: path)
        // Of a type that tries several forms, the first is kept.
        let target = if case .untouched = node.shape { node } else { SchemaNode() }
        let value = try record(type, into: target, at: path.field(name))
        if isOptional { node.isNullable = true }
        return value
    }

    func property(named name: String, of parent: SchemaNode, at path: String) throws -> SchemaNode {
        let (node, isNew) = parent.property(name)
        if isNew {
            let path = path.field(name)
            guard paths.count < Self.propertiesMax else {
                throw refuse(path, "The type has more than \(Self.propertiesMax) fields. Split it, or let parts adopt SchemaProviding.")
            }
            paths.append(path)
            node.description = descriptions[path]
            unusedDescriptions.remove(path)
        }
        return node
    }

    /// Records a type and returns a value of it; nil when the type contains itself.
    func record<T: Decodable>(_ type: T.Type, into node: SchemaNode, at path: String) throws -> T? {
        if let (schema, value) = Self.plain(type) {
            node.shape = .given(schema)
            return value
        }
        if let providing = type as? any SchemaProviding.Type {
            node.shape = .given(providing.schema)
            return try example(of: providing, at: path) as? T
        }
        if let container = type as? any RecordedContainer.Type {
            return try container.record(with: self, into: node, at: path) as? T
        }
        if let (schema, value) = Self.cases(type) {
            node.shape = .given(schema)
            return value
        }
        return try recordFields(type, into: node, at: path)
    }

    private func recordFields<T: Decodable>(_ type: T.Type, into node: SchemaNode, at path: String) throws -> T? {
        let id = ObjectIdentifier(type)
        if let index = open.firstIndex(where: { $0.id == id }) {
            open[index].isRecursive = true
            node.shape = .reference(open[index].name)
            return nil
        }
        guard open.count < Self.depthMax else {
            throw refuse(path, "Types are nested more than \(Self.depthMax) deep. Let '\(type)' adopt SchemaProviding.")
        }
        if let describing = type as? any SchemaDescribing.Type {
            for (field, text) in describing.fieldDescriptions where descriptions[path.field(field)] == nil {
                descriptions[path.field(field)] = text
            }
        }
        open.append(OpenType(id: id, name: name(of: type)))
        defer { open.removeLast() }

        let content = SchemaNode()
        let value: T
        do {
            value = try T(from: RecordingDecoder(recorder: self, node: content, path: path))
        } catch {
            throw problem ?? refuse(path, Self.wayOut(type, error))
        }
        node.isNullable = node.isNullable || content.isNullable
        node.shape = content.shape
        guard open.last?.isRecursive == true else { return value }
        if !definitions.contains(where: { $0.id == id }) {
            definitions.append(Definition(id: id, name: name(of: type), node: content))
        }
        // The root itself must be an object, so its schema stands in both places.
        if open.count > 1 { node.shape = .reference(name(of: type)) }
        return value
    }

    @discardableResult
    func refuse(_ path: String, _ message: String) -> SchemaError {
        let error = SchemaError(path: path, message)
        problem = problem ?? error
        return error
    }

    private func example<P: SchemaProviding>(of type: P.Type, at path: String) throws -> P {
        do {
            return try ToolJSON.decode(type, from: type.schemaExample.raw)
        } catch {
            throw refuse(
                path, "'\(type)' does not decode the example of its schema. Give it a 'schemaExample' that decodes.")
        }
    }

    private static func wayOut<T>(_ type: T.Type, _ error: any Error) -> String {
        if type is any RawRepresentable.Type {
            return "The values of '\(type)' are not known. Make it CaseIterable, or let it adopt SchemaProviding."
        }
        return "'\(type)' does not decode from plain values, so its schema cannot be found. Let it adopt SchemaProviding "
            + "and provide its schema."
    }

    /// A name for `$defs`, different for different types of one name.
    private func name(of type: any Any.Type) -> String {
        let id = ObjectIdentifier(type)
        if let known = names[id] { return known }
        let base = SchemaName.make(of: type)
        let name = names.values.contains(base) ? "\(base)_\(names.count)" : base
        names[id] = name
        return name
    }
}

extension SchemaRecorder {
    /// The schema and a value of types that JSON or Foundation writes in one way.
    private static func plain<T>(_ type: T.Type) -> (schema: JSONValue, value: T?)? {
        func answer(_ schema: JSONValue, _ value: Any?) -> (JSONValue, T?) { (schema, value as? T) }
        // Formats are those of strict mode, which has none for URLs and Base64.
        return switch type {
        case is String.Type: answer(["type": "string"], placeholderText)
        case is Bool.Type: answer(["type": "boolean"], true)
        case is Double.Type: answer(["type": "number"], 1.0)
        case is Float.Type: answer(["type": "number"], Float(1))
        case is Decimal.Type: answer(["type": "number"], Decimal(1))
        case let integer as any FixedWidthInteger.Type: integers(integer, answer)
        case is Date.Type: answer(["type": "string", "format": "date-time"], Date(timeIntervalSince1970: 0))
        case is UUID.Type: answer(["type": "string", "format": "uuid"], UUID())
        case is URL.Type: answer(["type": "string", "description": "A URL."], URL(string: "https://example.com/"))
        case is Data.Type: answer(["type": "string", "description": "Base64."], Data())
        default: nil
        }
    }

    /// The bounds are given where a model could miss them.
    private static func integers<I: FixedWidthInteger, R>(_ type: I.Type, _ answer: (JSONValue, Any?) -> R) -> R {
        var schema: JSONValue = ["type": "integer"]
        if I.bitWidth < 64 || !I.isSigned { schema["minimum"] = .number(.init(I.min)) }
        if I.bitWidth < 64 { schema["maximum"] = .number(.init(I.max)) }
        return answer(schema, I(1))
    }

    /// The raw values of an enum whose cases are known.
    private static func cases<T>(_ type: T.Type) -> (schema: JSONValue, value: T?)? {
        guard type is any RawRepresentable.Type, let type = type as? any CaseIterable.Type else { return nil }
        func read<E: CaseIterable>(_ type: E.Type) -> (schema: JSONValue, value: T?)? {
            let values = type.allCases.compactMap { ($0 as? any RawRepresentable).flatMap { rawValue($0) } }
            guard let first = values.first, values.count == type.allCases.count else { return nil }
            let name = if case .string = first { "string" } else { "integer" }
            return (["type": .string(name), "enum": .array(values)], type.allCases.first as? T)
        }
        return read(type)
    }

    private static func rawValue<R: RawRepresentable>(_ value: R) -> JSONValue? {
        switch value.rawValue {
        case let text as String: .string(text)
        case let number as any FixedWidthInteger: .number(.init(number))
        default: nil
        }
    }
}

extension String {
    /// The path of a field below this one.
    func field(_ name: String) -> String { isEmpty ? name : "\(self).\(name)" }
}
