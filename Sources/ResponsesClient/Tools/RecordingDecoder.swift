import ResponsesAPI

/// The decoder that a type gets while its schema is found.
///
/// Several containers over one node are merged, as a class and its superclass may read the same object.
struct RecordingDecoder: Decoder {
    let recorder: SchemaRecorder
    let node: SchemaNode
    let path: String

    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedDecodingContainer<Key> {
        node.becomeObject()
        return KeyedDecodingContainer(KeyedRecorder(recorder: recorder, node: node, path: path))
    }

    func unkeyedContainer() -> any UnkeyedDecodingContainer { UnkeyedRecorder(recorder: recorder, node: node, path: path) }

    func singleValueContainer() -> any SingleValueDecodingContainer {
        SingleRecorder(recorder: recorder, node: node, path: path)
    }
}

/// Throws when there cannot be a value: the type contains itself without an optional or an array between.
private func valueNeeded<T>(_ value: T?, _ recorder: SchemaRecorder, _ path: String) throws -> T {
    guard let value else {
        throw recorder.refuse(
            path, "'\(T.self)' contains itself without an optional or an array between. Let it adopt SchemaProviding.")
    }
    return value
}

private struct KeyedRecorder<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let recorder: SchemaRecorder
    let node: SchemaNode
    let path: String

    var codingPath: [any CodingKey] { [] }

    /// Asked for by types with dynamic names, and by enums with associated values, whose names cannot be known: these get no
    /// names and refuse.
    var allKeys: [Key] { [] }

    func contains(_ key: Key) -> Bool { true }

    func decodeNil(forKey key: Key) throws -> Bool {
        try recorder.property(named: key.stringValue, of: node, at: path).isNullable = true
        return false
    }

    func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T {
        let value = try recorder.property(type, named: key.stringValue, of: node, at: path, isOptional: false)
        return try valueNeeded(value, recorder, path.field(key.stringValue))
    }

    func decodeIfPresent<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T? {
        try recorder.property(type, named: key.stringValue, of: node, at: path, isOptional: true)
    }

    private func nested(_ name: String) throws -> RecordingDecoder {
        let node = try recorder.property(named: name, of: node, at: path)
        return RecordingDecoder(recorder: recorder, node: node, path: path.field(name))
    }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<Nested> {
        try nested(key.stringValue).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try nested(key.stringValue).unkeyedContainer()
    }

    func superDecoder() throws -> any Decoder { try nested("super") }
    func superDecoder(forKey key: Key) throws -> any Decoder { try nested(key.stringValue) }
}

/// A type that asks whether there are more elements gets one; a type that does not ask has a fixed number of them.
private struct UnkeyedRecorder: UnkeyedDecodingContainer {
    /// Shared, as asking does not change the container.
    private final class Progress {
        var wasAsked = false
        var elements: [SchemaNode] = []
    }

    let recorder: SchemaRecorder
    let node: SchemaNode
    let path: String
    private let progress = Progress()

    init(recorder: SchemaRecorder, node: SchemaNode, path: String) {
        self.recorder = recorder
        self.node = node
        self.path = path
        node.shape = .list(of: SchemaNode(), count: nil)
    }

    var codingPath: [any CodingKey] { [] }
    var count: Int? { nil }
    var currentIndex: Int { progress.elements.count }

    var isAtEnd: Bool {
        progress.wasAsked = true
        update()
        return currentIndex > 0
    }

    func decodeNil() -> Bool { false }

    func decode<T: Decodable>(_ type: T.Type) throws -> T {
        let element = SchemaNode()
        let value = try recorder.record(type, into: element, at: path)
        try append(element)
        return try valueNeeded(value, recorder, path)
    }

    private func append(_ element: SchemaNode) throws {
        progress.elements.append(element)
        guard element.schema == progress.elements[0].schema else {
            throw recorder.refuse(
                path, "An array whose elements differ in type has no schema here. Let the type adopt SchemaProviding.")
        }
        update()
    }

    private func update() {
        guard let first = progress.elements.first else { return }
        node.shape = .list(of: first, count: progress.wasAsked ? nil : progress.elements.count)
    }

    private func nested() -> RecordingDecoder {
        let element = SchemaNode()
        progress.elements.append(element)
        update()
        return RecordingDecoder(recorder: recorder, node: element, path: path)
    }

    func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) -> KeyedDecodingContainer<Nested> {
        nested().container(keyedBy: type)
    }

    func nestedUnkeyedContainer() -> any UnkeyedDecodingContainer { nested().unkeyedContainer() }
    func superDecoder() -> any Decoder { nested() }
}

private struct SingleRecorder: SingleValueDecodingContainer {
    let recorder: SchemaRecorder
    let node: SchemaNode
    let path: String

    var codingPath: [any CodingKey] { [] }

    func decodeNil() -> Bool {
        node.isNullable = true
        return false
    }

    func decode<T: Decodable>(_ type: T.Type) throws -> T {
        try valueNeeded(try recorder.record(type, into: node, at: path), recorder, path)
    }
}
