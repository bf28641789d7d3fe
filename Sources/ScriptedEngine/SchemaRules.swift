import ResponsesAPI

/// What one or more JSON schemas that all apply demand of a value, with `$ref` and `allOf` already worked in.
struct SchemaRules {
    /// Nil allows all types.
    var types: [String]?
    /// In the order of their first mention. A property's schemas all apply.
    private(set) var properties: [(name: String, schemas: [RawJSON])] = []
    /// Where a property is among `properties`.
    private(set) var propertyPlaces: [String: Int] = [:]
    /// In the order of their first mention.
    private(set) var required: [String] = []
    private(set) var requiredNames: Set<String> = []
    /// Nil allows all values.
    var allowed: [RawJSON]?
    /// Groups of alternatives (`anyOf`, `oneOf`); of each group one must fit.
    var alternatives: [[RawJSON]] = []
    var lower = Bound()
    var upper = Bound()
    var multipleOf: Double?
    var lengthMin = 0
    var format: String?
    var elementsMin = 0
    var leadingElements: [RawJSON] = []
    var elements: [RawJSON] = []
    var propertiesMin = 0
    var otherProperties: [RawJSON] = []
    /// No value can fit, or only an infinite one.
    var isImpossible = false
    /// The references that lead here from outside; following one of them again would never end.
    let outerReferences: Set<String>
    /// The references followed so far, `outerReferences` included.
    private(set) var references: Set<String>

    /// A limit of a number.
    struct Bound {
        var value: Double?
        var isExclusive = false
    }

    init(references: Set<String> = []) {
        outerReferences = references
        self.references = references
    }

    /// How many entries a copy of this has that is then changed.
    var count: Int { properties.count + required.count + (allowed?.count ?? 0) + alternatives.count + references.count }

    /// Adds the demands of another schema.
    mutating func merge(_ schema: RawJSON, document: SchemaDocument) {
        if let truth = schema.boolValue {
            isImpossible = isImpossible || !truth
            return
        }
        var reference: String?
        var all: [RawJSON] = []
        var exclusiveFlags = (lower: false, upper: false)
        schema.forEachMember { name, value in
            switch name {
            case "$ref": reference = value.stringValue
            case "allOf": all = value.elements
            case "exclusiveMinimum" where value.boolValue != nil: exclusiveFlags.lower = value.boolValue ?? false
            case "exclusiveMaximum" where value.boolValue != nil: exclusiveFlags.upper = value.boolValue ?? false
            default: mergeMember(name, value)
            }
        }
        // Draft 4 spells exclusive limits as a flag beside the limit.
        if exclusiveFlags.lower { lower.isExclusive = true }
        if exclusiveFlags.upper { upper.isExclusive = true }
        for schema in all { merge(schema, document: document) }
        if let reference { follow(reference, document: document) }
    }

    private mutating func mergeMember(_ name: String, _ value: RawJSON) {
        switch name {
        case "type":
            // There are seven types.
            let names = value.stringValue.map { [$0] } ?? Array(value.elements.lazy.compactMap(\.stringValue).prefix(16))
            types = Self.intersection(types, names)
        case "properties": value.forEachMember { name, schema in addProperty(name, schema) }
        case "required":
            for name in value.elements.lazy.compactMap(\.stringValue) where requiredNames.insert(name).inserted { required.append(name) }
        case "enum": restrict(to: value.elements)
        case "const": restrict(to: [value])
        case "anyOf", "oneOf": alternatives.append(value.elements)
        case "minimum": raise(to: Double(value.text), isExclusive: false)
        case "exclusiveMinimum": raise(to: Double(value.text), isExclusive: true)
        case "maximum": sink(to: Double(value.text), isExclusive: false)
        case "exclusiveMaximum": sink(to: Double(value.text), isExclusive: true)
        case "multipleOf": multipleOf = Double(value.text)
        case "minLength": lengthMin = max(lengthMin, value.intValue ?? 0)
        case "format": format = value.stringValue
        case "minItems": elementsMin = max(elementsMin, value.intValue ?? 0)
        case "prefixItems": leadingElements = value.elements
        case "items":
            // Before 2020-12, an array here was what `prefixItems` is now.
            if value.isArray { leadingElements = value.elements } else { elements.append(value) }
        case "minProperties": propertiesMin = max(propertiesMin, value.intValue ?? 0)
        case "additionalProperties": otherProperties.append(value)
        default: break
        }
    }

    private static func intersection(_ types: [String]?, _ names: [String]) -> [String] {
        guard let types else { return names }
        return types.compactMap { type in
            if names.contains(type) { return type }
            // Every integer is a number.
            if type == "number", names.contains("integer") { return "integer" }
            if type == "integer", names.contains("number") { return "integer" }
            return nil
        }
    }

    private mutating func addProperty(_ name: String, _ schema: RawJSON) {
        if let place = propertyPlaces[name] {
            properties[place].schemas.append(schema)
        } else {
            propertyPlaces[name] = properties.count
            properties.append((name, [schema]))
        }
    }

    private mutating func restrict(to values: [RawJSON]) {
        let values = (list: values, set: Set(values))
        allowed = allowed.map { $0.filter(values.set.contains) } ?? values.list
    }

    private mutating func raise(to value: Double?, isExclusive: Bool) {
        guard let value else { return }
        if let old = lower.value, old > value || old == value && lower.isExclusive { return }
        lower = Bound(value: value, isExclusive: isExclusive)
    }

    private mutating func sink(to value: Double?, isExclusive: Bool) {
        guard let value else { return }
        if let old = upper.value, old < value || old == value && upper.isExclusive { return }
        upper = Bound(value: value, isExclusive: isExclusive)
    }

    /// Adds what a reference points at.
    private mutating func follow(_ reference: String, document: SchemaDocument) {
        guard !outerReferences.contains(reference) else {
            // The smallest value never holds another of its own kind: it could be that one.
            isImpossible = true
            return
        }
        guard references.insert(reference).inserted else { return }
        guard let target = document.value(at: reference) else {
            isImpossible = true
            return
        }
        merge(target, document: document)
    }
}
