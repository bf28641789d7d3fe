import ResponsesAPI

/// Finds the smallest JSON value that fits a schema: what the scripted model writes when only the form is given.
///
/// Understood: `type` and lists of types, `properties`, `required`, `enum`, `const`, `anyOf`, `oneOf`, `allOf`, `$ref` within
/// the document, limits of numbers, `multipleOf`, `minLength`, the usual `format`s, `minItems`, `items`, `prefixItems`,
/// `minProperties`. Left out, as engines' grammars do too: `pattern`, `not`, `if`, `uniqueItems`.
struct SmallestValue {
    private let document: SchemaDocument
    /// Bytes of schemas read: alternatives of alternatives multiply, and a search must end soon.
    private var work = 0

    private static var workMax: Int { 4 << 20 }
    /// Even an empty schema costs something.
    private static var workPerStep: Int { 512 }
    private static var depthMax: Int { 64 }
    /// No schema of a real tool demands more than this of one value.
    private static var bytesMax: Int { 262_144 }
    private static var countMax: Int { 4096 }
    private static var lengthMax: Int { 65_536 }

    private init(_ schema: RawJSON) { document = SchemaDocument(schema) }

    /// The smallest value of a schema.
    ///
    /// - Parameter mustBeObject: whether a schema that leaves the type open means an object, as with a function's parameters.
    /// - Returns: nil when no value fits, or none within the limits.
    static func fitting(_ schema: RawJSON, mustBeObject: Bool = false) -> RawJSON? {
        var search = SmallestValue(schema)
        let object: RawJSON = #"{"type":"object"}"#
        return search.value(mustBeObject ? [schema, object] : [schema], references: [], depth: 0)
    }

    private mutating func value(_ schemas: [RawJSON], references: Set<String>, depth: Int) -> RawJSON? {
        var rules = SchemaRules(references: references)
        for schema in schemas {
            rules.merge(schema, document: document)
            work += schema.bytes.count
        }
        return value(rules, depth: depth)
    }

    private mutating func value(_ rules: SchemaRules, depth: Int) -> RawJSON? {
        work += Self.workPerStep
        guard !rules.isImpossible, depth <= Self.depthMax, work <= Self.workMax else { return nil }
        if !rules.alternatives.isEmpty { return bestAlternative(rules, depth: depth) }
        if let allowed = rules.allowed {
            return Self.smallest(allowed.filter { value in rules.types?.contains { Self.isOf(value, $0) } ?? true })
        }
        var candidates: [RawJSON] = []
        for type in rules.types ?? [Self.guessedType(rules)] {
            if let candidate = value(of: type, rules, depth: depth) { candidates.append(candidate) }
        }
        return Self.smallest(candidates)
    }

    private mutating func bestAlternative(_ rules: SchemaRules, depth: Int) -> RawJSON? {
        var rest = rules
        let group = rest.alternatives.removeFirst()
        var candidates: [RawJSON] = []
        for alternative in group {
            var merged = rest
            merged.merge(alternative, document: document)
            // Each alternative changes a copy of the rest.
            work += alternative.bytes.count + 16 * rest.count
            guard work <= Self.workMax else { break }
            if let candidate = value(merged, depth: depth + 1) { candidates.append(candidate) }
        }
        return Self.smallest(candidates)
    }

    /// The shortest, of equals the first.
    private static func smallest(_ values: [RawJSON]) -> RawJSON? {
        values.min { $0.bytes.count < $1.bytes.count }.flatMap { $0.bytes.count <= bytesMax ? $0 : nil }
    }

    private static func guessedType(_ rules: SchemaRules) -> String {
        if !rules.properties.isEmpty || !rules.required.isEmpty || rules.propertiesMin > 0 { return "object" }
        if !rules.elements.isEmpty || !rules.leadingElements.isEmpty || rules.elementsMin > 0 { return "array" }
        if rules.format != nil || rules.lengthMin > 0 { return "string" }
        if rules.lower.value != nil || rules.upper.value != nil || rules.multipleOf != nil { return "number" }
        return "null"
    }

    private static func isOf(_ value: RawJSON, _ type: String) -> Bool {
        switch type {
        case "object": value.isObject
        case "array": value.isArray
        case "string": value.isString
        case "boolean": value.boolValue != nil
        case "null": value.isNull
        case "integer": Double(value.text).map { $0 == $0.rounded() } ?? false
        case "number": Double(value.text) != nil
        default: false
        }
    }

    // MARK: One type

    private mutating func value(of type: String, _ rules: SchemaRules, depth: Int) -> RawJSON? {
        switch type {
        case "object": object(rules, depth: depth)
        case "array": array(rules, depth: depth)
        case "string": Self.string(rules)
        case "integer": Self.number(rules, isWhole: true)
        case "number": Self.number(rules, isWhole: false)
        case "boolean": RawJSON(validated: Array("false".utf8))
        case "null": .null
        default: nil
        }
    }

    private mutating func object(_ rules: SchemaRules, depth: Int) -> RawJSON? {
        var json = JSONWriter()
        json.beginObject()
        var count = 0
        var extra = max(0, rules.propertiesMin - rules.required.count)
        guard rules.required.count + extra <= Self.countMax else { return nil }
        let optional = rules.properties.filter { !rules.requiredNames.contains($0.name) }
        let undeclared = rules.required.filter { rules.propertyPlaces[$0] == nil }
        let others = rules.otherProperties.filter { !$0.isNull }
        var members = rules.properties.filter { rules.requiredNames.contains($0.name) }
        members += undeclared.map { ($0, others) }
        for property in optional where extra > 0 {
            members.append(property)
            extra -= 1
        }
        while extra > 0 {
            members.append(("p\(extra)", others))
            extra -= 1
        }
        for (name, schemas) in members {
            guard let member = value(schemas, references: rules.references, depth: depth + 1) else { return nil }
            json.key(name)
            json.value(member)
            count += 1
            guard json.bytes.count <= Self.bytesMax else { return nil }
        }
        json.endObject()
        return json.raw
    }

    private mutating func array(_ rules: SchemaRules, depth: Int) -> RawJSON? {
        guard rules.elementsMin <= Self.countMax else { return nil }
        var json = JSONWriter()
        json.beginArray()
        var repeated: RawJSON?
        for index in 0..<rules.elementsMin {
            let element: RawJSON
            if index < rules.leadingElements.count {
                guard
                    let value = value([rules.leadingElements[index]], references: rules.references, depth: depth + 1)
                else { return nil }
                element = value
            } else {
                guard let value = repeated ?? value(rules.elements, references: rules.references, depth: depth + 1)
                else { return nil }
                repeated = value
                element = value
            }
            json.value(element)
            guard json.bytes.count <= Self.bytesMax else { return nil }
        }
        json.endArray()
        return json.raw
    }

    private static func string(_ rules: SchemaRules) -> RawJSON? {
        guard rules.lengthMin <= lengthMax else { return nil }
        var json = JSONWriter()
        if let example = rules.format.flatMap({ examples[$0] }) {
            json.value(example)
        } else {
            json.value(String(repeating: "x", count: rules.lengthMin))
        }
        return json.raw
    }

    private static let examples: [String: String] = [
        "date": "1970-01-01", "time": "00:00:00Z", "date-time": "1970-01-01T00:00:00Z", "duration": "PT0S",
        "email": "a@b.co", "hostname": "a.co", "ipv4": "0.0.0.0", "ipv6": "::", "uri": "http://a.co",
        "uuid": "00000000-0000-0000-0000-000000000000",
    ]

    /// Zero when it fits; otherwise the value nearest to zero.
    private static func number(_ rules: SchemaRules, isWhole: Bool) -> RawJSON? {
        let lower = rules.lower
        let upper = rules.upper
        func fits(_ number: Double) -> Bool {
            if let low = lower.value, number < low || number == low && lower.isExclusive { return false }
            if let high = upper.value, number > high || number == high && upper.isExclusive { return false }
            return true
        }
        // Steps on which the value must lie.
        let step = rules.multipleOf.flatMap { $0 > 0 ? isWhole ? wholeStep($0) : $0 : nil } ?? 1
        var candidates: [Double] = [0]
        if let low = lower.value {
            let up = (low / step).rounded(.up) * step
            candidates += [up, up + step]
        }
        if let high = upper.value {
            let down = (high / step).rounded(.down) * step
            candidates += [down, down - step]
        }
        if !isWhole, rules.multipleOf == nil {
            candidates += [lower.value, upper.value].compactMap { $0 }
            if let low = lower.value, let high = upper.value { candidates.append(low + (high - low) / 2) }
        }
        guard let number = candidates.first(where: fits), number.isFinite else { return nil }
        var json = JSONWriter()
        json.value(number)
        return json.raw
    }

    /// The smallest whole multiple of a step, for the steps that schemas have.
    private static func wholeStep(_ step: Double) -> Double {
        for factor in 1...1000 {
            let multiple = step * Double(factor)
            if multiple == multiple.rounded() { return multiple }
        }
        return step
    }
}
