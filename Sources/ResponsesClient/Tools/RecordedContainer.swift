import ResponsesAPI

/// Types of the standard library that hold values of another type, or no value where there cannot be one: there recursive
/// types end.
protocol RecordedContainer {
    static func record(with recorder: SchemaRecorder, into node: SchemaNode, at path: String) throws -> Self
}

extension Optional: RecordedContainer where Wrapped: Decodable {
    static func record(with recorder: SchemaRecorder, into node: SchemaNode, at path: String) throws -> Self {
        let value = try recorder.record(Wrapped.self, into: node, at: path)
        node.isNullable = true
        return value
    }
}

extension Array: RecordedContainer where Element: Decodable {
    static func record(with recorder: SchemaRecorder, into node: SchemaNode, at path: String) throws -> Self {
        let element = SchemaNode()
        let value = try recorder.record(Element.self, into: element, at: path)
        node.shape = .list(of: element, count: nil)
        return value.map { [$0] } ?? []
    }
}

extension Set: RecordedContainer where Element: Decodable {
    static func record(with recorder: SchemaRecorder, into node: SchemaNode, at path: String) throws -> Self {
        Set(try [Element].record(with: recorder, into: node, at: path))
    }
}

extension Dictionary: RecordedContainer where Key: Decodable, Value: Decodable {
    static func record(with recorder: SchemaRecorder, into node: SchemaNode, at path: String) throws -> Self {
        guard Key.self is any CodingKeyRepresentable.Type else {
            throw recorder.refuse(
                path, "A dictionary with keys of '\(Key.self)' is not a JSON object. Use String keys, or let '\(Key.self)' "
                    + "adopt CodingKeyRepresentable.")
        }
        let element = SchemaNode()
        _ = try recorder.record(Value.self, into: element, at: path)
        node.shape = .map(element)
        return [:]
    }
}
