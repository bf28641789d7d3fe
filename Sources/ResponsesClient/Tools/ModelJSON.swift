import ResponsesAPI

/// Reads JSON of a model into a type. For JSON that does not fit, says which field is wrong and what is expected there.
struct ModelJSON {
    /// Why the text does not fit: a sentence for the model or the program. Names fields, quotes no values.
    struct Mismatch: Error {
        let sentence: String
    }

    let schema: JSONSchema

    func decode<T: Decodable>(_ type: T.Type, from text: String) throws(Mismatch) -> T {
        let json: RawJSON
        do throws(JSONError) {
            json = try RawJSON(parsing: text)
        } catch {
            throw Mismatch(sentence: "It is not valid JSON: \(error).")
        }
        do {
            return try ToolJSON.decode(type, from: json)
        } catch let error as DecodingError {
            throw Mismatch(sentence: sentence(of: error))
        } catch {
            throw Mismatch(sentence: "It was not accepted: \(ToolFailure.short(error)).")
        }
    }

    private func sentence(of error: DecodingError) -> String {
        switch error {
        case .keyNotFound(let key, let context):
            let path = context.codingPath + [key]
            return "'\(path.dotted)' is missing\(expectation(at: path))."
        case .valueNotFound(_, let context):
            return "\(subject(context)) must not be null\(expectation(at: context.codingPath))."
        case .typeMismatch(_, let context): return "\(subject(context)) has the wrong type\(expectation(at: context.codingPath))."
        case .dataCorrupted(let context): return "\(subject(context)) has a wrong value\(expectation(at: context.codingPath))."
        @unknown default: return "It does not fit the schema."
        }
    }

    private func subject(_ context: DecodingError.Context) -> String {
        context.codingPath.isEmpty ? "The whole value" : "'\(context.codingPath.dotted)'"
    }

    private func expectation(at path: [any CodingKey]) -> String {
        var place = schema.json
        for key in path {
            guard let next = place.child(key, in: schema.json) else { return "" }
            place = next
        }
        return place.inWords.map { ": expected \($0)" } ?? ""
    }
}

extension [any CodingKey] {
    /// `edits[2].line`
    fileprivate var dotted: String {
        reduce(into: "") { path, key in
            if let index = key.intValue {
                path += "[\(index)]"
            } else {
                path = path.field(key.stringValue)
            }
        }
    }
}

extension JSONValue {
    /// The schema of what `key` leads to.
    fileprivate func child(_ key: any CodingKey, in root: JSONValue) -> JSONValue? {
        let found = resolved(in: root)
        let choice = found?["anyOf"]?.elements.first { $0.typeNames != ["null"] }?.resolved(in: root)
        guard let schema = choice ?? found else { return nil }
        if let properties = schema["properties"], let property = properties[key.stringValue] { return property }
        return key.intValue != nil ? schema["items"] : schema["additionalProperties"]
    }

    /// What a schema asks for, in words of JSON.
    fileprivate var inWords: String? {
        if let values = self["enum"]?.elements {
            return "one of " + values.prefix(32).map(\.raw.text).joined(separator: ", ")
        }
        if let choices = self["anyOf"]?.elements {
            let words = choices.compactMap(\.inWords)
            return words.isEmpty ? nil : words.joined(separator: " or ")
        }
        if self["$ref"] != nil { return "an object" }
        let words = typeNames.map { name in
            switch name {
            case "string": self["format"]?.stringValue.map { "a string of format \($0)" } ?? "a string"
            case "integer": "a whole number"
            case "number": "a number"
            case "boolean": "true or false"
            case "array": "an array"
            case "object": "an object"
            default: name
            }
        }
        return words.isEmpty ? nil : words.joined(separator: " or ")
    }
}
