import ResponsesAPI

/// What was seen of one value while its type was decoded, and the schema that follows from it.
final class SchemaNode {
    struct Property {
        let name: String
        let node: SchemaNode
    }

    enum Shape {
        /// Nothing was read: an object without properties, as an empty struct is.
        case untouched
        case object([Property])
        /// Names that are not known before.
        case map(SchemaNode)
        /// `count` when it is always the same.
        case list(of: SchemaNode, count: Int?)
        case given(JSONValue)
        /// A recursive type, defined under `$defs`.
        case reference(String)
    }

    var shape = Shape.untouched
    var isNullable = false
    var description: String?

    /// The property called `name`, made when it is new.
    func property(_ name: String) -> (node: SchemaNode, isNew: Bool) {
        var properties: [Property] = []
        if case .object(let present) = shape { properties = present }
        if let known = properties.first(where: { $0.name == name }) { return (known.node, false) }
        let node = SchemaNode()
        shape = .object(properties + [Property(name: name, node: node)])
        return (node, true)
    }

    /// The value is read as an object, if only to find it empty.
    func becomeObject() { if case .untouched = shape { shape = .object([]) } }

    var schema: JSONValue {
        let plain: JSONValue =
            switch shape {
            case .untouched: Self.object([])
            case .object(let properties): Self.object(properties)
            case .map(let value): ["type": "object", "additionalProperties": value.schema]
            case .list(let element, nil): ["type": "array", "items": element.schema]
            case .list(let element, let count?):
                ["type": "array", "items": element.schema, "minItems": .number(.init(count)), "maxItems": .number(.init(count))]
            case .given(let schema): schema
            case .reference(let name): ["$ref": .string("#/$defs/\(name)")]
            }
        let schema = isNullable ? plain.orNull : plain
        return description.map { schema.described($0) } ?? schema
    }

    private static func object(_ properties: [Property]) -> JSONValue {
        [
            "type": "object",
            "properties": .object(properties.map { .init($0.name, $0.node.schema) }),
            "required": .array(properties.map { .string($0.name) }),
            "additionalProperties": false,
        ]
    }
}

extension JSONValue {
    /// This schema, or null: "optional fields are type unions with null" in strict mode.
    fileprivate var orNull: JSONValue {
        let types = typeNames
        // No members: anything is allowed, null too.
        if types.contains("null") || members.isEmpty { return self }
        if let choices = self["anyOf"]?.elements, members.count == 1 {
            return choices.contains { $0.typeNames == ["null"] } ? self : ["anyOf": .array(choices + [["type": "null"]])]
        }
        guard !types.isEmpty, self["const"] == nil, self["anyOf"] == nil else { return ["anyOf": [self, ["type": "null"]]] }
        var schema = self
        schema["type"] = .array((types + ["null"]).map { .string($0) })
        if let values = schema["enum"] { schema["enum"] = .array(values.elements + [.null]) }
        return schema
    }

    /// This schema with a description, right after its type.
    fileprivate func described(_ text: String) -> JSONValue {
        // Nothing may stand beside a `$ref` in strict mode.
        if self["$ref"] != nil { return ["anyOf": [self], "description": .string(text)] }
        var members = self.members.filter { $0.name != "description" }
        members.insert(Member("description", .string(text)), at: members.first?.name == "type" ? 1 : 0)
        return .object(members)
    }
}
