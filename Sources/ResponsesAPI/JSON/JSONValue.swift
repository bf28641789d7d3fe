/// JSON as a tree, in the order it was written: for building and reading it by hand where speed does not matter.
///
/// ```swift
/// let schema: JSONValue = ["type": "object", "properties": ["city": ["type": "string"]]]
/// let tool = Tool.FunctionTool(name: "weather", parameters: schema.raw)
/// ```
/// Two objects are equal when they have the same members in the same order; two numbers, when they are spelled alike.
public enum JSONValue: Sendable, Hashable {
    case null
    case bool(Bool)
    case number(Number)
    case string(String)
    case array([JSONValue])
    case object([Member])

    public struct Member: Sendable, Hashable {
        public var name: String
        public var value: JSONValue

        public init(_ name: String, _ value: JSONValue) {
            self.name = name
            self.value = value
        }
    }

    /// A number as it was spelled, so that no digit is lost.
    public struct Number: Sendable, Hashable {
        /// JSON's spelling, such as `-1`, `0.5` or `1e3`.
        public let text: String

        fileprivate init(spelled text: String) { self.text = text }

        public init(_ value: some BinaryInteger) { text = String(value) }

        /// Nil for infinities and NaN, which JSON does not have.
        public init?(_ value: Double) {
            guard value.isFinite else { return nil }
            text = value.description
        }

        /// The whole number this is, or nil.
        public var intValue: Int? { Int(text) }
        public var doubleValue: Double { Double(text) ?? .nan }
    }
}

extension JSONValue {
    /// The tree of a value.
    public init(_ raw: RawJSON) {
        let value = try? raw.bytes.scanned { (scanner) throws(JSONError) in try JSONValue(&scanner) }
        // A RawJSON was checked when it was made.
        self = value ?? .null
    }

    /// - Throws: `JSONError` when `text` is not exactly one JSON value.
    public init(parsing text: String) throws(JSONError) { self.init(try RawJSON(parsing: text)) }

    /// Recursive, which the scanner's limit on depth keeps within any stack.
    private init(_ scanner: inout JSONScanner) throws(JSONError) {
        switch scanner.peek() {
        case UInt8(ascii: "{"):
            var members: [Member] = []
            try scanner.beginObject()
            while let key = try scanner.nextKey() {
                let name = scanner.string(key)
                members.append(Member(name, try JSONValue(&scanner)))
            }
            self = .object(members)
        case UInt8(ascii: "["):
            var elements: [JSONValue] = []
            try scanner.beginArray()
            while try scanner.nextElement() { elements.append(try JSONValue(&scanner)) }
            self = .array(elements)
        case UInt8(ascii: "\""): self = .string(scanner.string(try scanner.scanString()))
        case let first:
            let text = String(decoding: scanner.bytes(try scanner.skipValue()), as: UTF8.self)
            switch first {
            case UInt8(ascii: "n"): self = .null
            case UInt8(ascii: "t"): self = .bool(true)
            case UInt8(ascii: "f"): self = .bool(false)
            default: self = .number(Number(spelled: text))
            }
        }
    }

    /// The value as bytes.
    public var raw: RawJSON {
        var json = JSONWriter()
        write(to: &json)
        return json.raw
    }

    package func write(to json: inout JSONWriter) {
        switch self {
        case .null: json.null()
        case .bool(let truth): json.value(truth)
        case .number(let number): json.value(RawJSON(validated: Array(number.text.utf8)))
        case .string(let text): json.value(text)
        case .array(let elements):
            json.beginArray()
            for element in elements { element.write(to: &json) }
            json.endArray()
        case .object(let members):
            json.beginObject()
            for member in members {
                json.key(member.name)
                member.value.write(to: &json)
            }
            json.endObject()
        }
    }
}

extension JSONValue {
    /// The member `name`; nil when absent or when this is not an object. Of several the last. Setting nil removes it; setting
    /// a value adds it after the others, or replaces it in its place. Setting a member of anything but an object or null traps.
    public subscript(_ name: String) -> JSONValue? {
        get {
            guard case .object(let members) = self else { return nil }
            return members.last { $0.name == name }?.value
        }
        set {
            var members: [Member] = []
            switch self {
            case .object(let present): members = present
            case .null: break
            default: preconditionFailure("a member can be set in an object only")
            }
            if let newValue, let index = members.lastIndex(where: { $0.name == name }) {
                members[index].value = newValue
            } else if let newValue {
                members.append(Member(name, newValue))
            } else {
                members.removeAll { $0.name == name }
            }
            self = .object(members)
        }
    }

    /// The element at `index`; nil beyond the end or when this is not an array.
    public subscript(_ index: Int) -> JSONValue? {
        guard case .array(let elements) = self, elements.indices.contains(index) else { return nil }
        return elements[index]
    }

    public var stringValue: String? { if case .string(let text) = self { text } else { nil } }
    public var boolValue: Bool? { if case .bool(let truth) = self { truth } else { nil } }
    public var intValue: Int? { if case .number(let number) = self { number.intValue } else { nil } }
    public var doubleValue: Double? { if case .number(let number) = self { number.doubleValue } else { nil } }
    public var elements: [JSONValue] { if case .array(let elements) = self { elements } else { [] } }
    public var members: [Member] { if case .object(let members) = self { members } else { [] } }
    public var isNull: Bool { self == .null }
}

extension JSONValue: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByStringLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    public init(nilLiteral: ()) { self = .null }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(integerLiteral value: Int) { self = .number(Number(value)) }
    public init(floatLiteral value: Double) { self = Number(value).map { .number($0) } ?? .null }
    public init(stringLiteral value: String) { self = .string(value) }
    public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    public init(dictionaryLiteral members: (String, JSONValue)...) {
        self = .object(members.map { Member($0.0, $0.1) })
    }
}

extension JSONValue: CustomStringConvertible {
    /// The kind only: a value may hold prompts or outputs, which do not belong in logs. See `raw.text` for the JSON.
    public var description: String {
        switch self {
        case .null: "JSONValue(null)"
        case .bool: "JSONValue(boolean)"
        case .number: "JSONValue(number)"
        case .string: "JSONValue(string)"
        case .array(let elements): "JSONValue(array of \(elements.count))"
        case .object(let members): "JSONValue(object of \(members.count))"
        }
    }
}
