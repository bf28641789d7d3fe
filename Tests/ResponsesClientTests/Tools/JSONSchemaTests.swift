import Foundation
import ResponsesAPI
import Testing

@testable import ResponsesClient

struct JSONSchemaTests {
    /// A type, what its schema reads like, and whether strict mode takes it.
    struct Row: Sendable, CustomTestStringConvertible {
        let name: String
        let schema: @Sendable () throws -> JSONSchema
        let expected: String
        let isStrict: Bool
        /// Decodes a value made of the schema.
        let decodeExample: @Sendable (JSONValue) throws -> Void

        init<T: Decodable & SendableMetatype>(_ type: T.Type, strict: Bool = true, _ expected: String) {
            name = "\(type)"
            schema = { try JSONSchema(of: type) }
            self.expected = expected
            isStrict = strict
            decodeExample = { _ = try ToolJSON.decode(type, from: $0.raw) }
        }

        var testDescription: String { name }
    }

    // MARK: Schemas as text

    static let text = #"{"type":"string"}"#
    static let whole = #"{"type":"integer"}"#
    static let number = #"{"type":"number"}"#
    static let bool = #"{"type":"boolean"}"#
    static let null = #"{"type":"null"}"#

    static func ref(_ name: String) -> String { "{\"$ref\":\"#/$defs/\(name)\"}" }
    static func list(_ items: String) -> String { "{\"type\":\"array\",\"items\":\(items)}" }
    static func map(_ values: String) -> String { "{\"type\":\"object\",\"additionalProperties\":\(values)}" }

    static func whole(from least: Int, to most: Int, orNull: Bool = false) -> String {
        "{\"type\":\(orNull ? "[\"integer\",\"null\"]" : "\"integer\""),\"minimum\":\(least),\"maximum\":\(most)}"
    }

    static func object(
        _ properties: KeyValuePairs<String, String>, orNull: Bool = false, defs: KeyValuePairs<String, String> = [:]
    ) -> String {
        let members: String = properties.map { "\"\($0.key)\":\($0.value)" }.joined(separator: ",")
        let required: String = properties.map { "\"\($0.key)\"" }.joined(separator: ",")
        let definitions: String = defs.map { "\"\($0.key)\":\($0.value)" }.joined(separator: ",")
        let type = orNull ? "[\"object\",\"null\"]" : "\"object\""
        let head = "{\"type\":\(type),\"properties\":{\(members)},\"required\":[\(required)],\"additionalProperties\":false"
        return definitions.isEmpty ? "\(head)}" : "\(head),\"$defs\":{\(definitions)}}"
    }

    static let point: KeyValuePairs<String, String> = ["x": number, "y": number]
    static let place = object(["line": whole, "column": whole])
    static let tree: KeyValuePairs<String, String> = ["name": text, "children": list(ref("Tree"))]
    static let nextOrNull = "{\"anyOf\":[\(ref("Chained")),\(null)]}"
    static let chained: KeyValuePairs<String, String> = ["value": whole, "next": nextOrNull]
    static let bestOrNull = "{\"anyOf\":[\(ref("Tree")),\(null)]}"
    static let city: KeyValuePairs<String, String> = [
        "name": #"{"type":"string","description":"As its people spell it."}"#,
        "country": #"{"type":"string","description":"Two letters."}"#,
    ]

    static let sizes: KeyValuePairs<String, String> = [
        "yes": bool, "text": text, "whole": whole, "byte": whole(from: -128, to: 127), "short": whole(from: 0, to: 65535),
        "word": whole(from: -2_147_483_648, to: 2_147_483_647), "long": whole, "natural": #"{"type":"integer","minimum":0}"#,
        "real": number, "rough": number,
    ]
    static let optionals: KeyValuePairs<String, String> = [
        "text": #"{"type":["string","null"]}"#, "whole": #"{"type":["integer","null"]}"#,
        "small": whole(from: -128, to: 127, orNull: true), "yes": #"{"type":["boolean","null"]}"#,
        "real": #"{"type":["number","null"]}"#, "mode": #"{"type":["string","null"],"enum":["read","write",null]}"#,
        "nested": object(point, orNull: true),
        "list": #"{"type":["array","null"],"items":{"type":["integer","null"]}}"#,
    ]
    static let edit: KeyValuePairs<String, String> = [
        "path": text, "mode": #"{"type":"string","enum":["read","write"]}"#, "level": #"{"type":"integer","enum":[1,9]}"#,
        "places": list(place), "tags": list(text),
    ]
    static let foundations: KeyValuePairs<String, String> = [
        "date": #"{"type":"string","format":"date-time"}"#, "url": #"{"type":"string","description":"A URL."}"#,
        "id": #"{"type":"string","format":"uuid"}"#, "data": #"{"type":"string","description":"Base64."}"#, "sum": number,
    ]
    static let byHand: KeyValuePairs<String, String> = [
        "pair": #"{"type":"array","items":{"type":"integer"},"minItems":2,"maxItems":2}"#, "nested": object(["text": text]),
        "all": list(bool), "perhaps": #"{"type":["integer","null"]}"#,
    ]
    static let odds: KeyValuePairs<String, String> = [
        "even": #"{"type":"integer","multipleOf":2,"minimum":2}"#,
        "perhaps": #"{"type":["integer","null"],"multipleOf":2,"minimum":2}"#,
    ]

    static let rows: [Row] = [
        Row(Sizes.self, object(sizes)),
        Row(Optionals.self, object(optionals)),
        Row(Edit.self, object(edit)),
        Row(Foundations.self, object(foundations)),
        Row(Maps.self, strict: false, object(["counts": map(whole), "numbered": map(text)])),
        Row(Tree.self, object(tree, defs: ["Tree": object(tree)])),
        Row(Chained.self, object(chained, defs: ["Chained": object(chained)])),
        Row(
            Forest.self,
            object(["oldest": ref("Tree"), "others": list(ref("Tree")), "best": bestOrNull], defs: ["Tree": object(tree)])),
        Row(Dog.self, object(["age": whole, "super": object(["name": text])])),
        Row(Cat.self, object(["lives": whole, "name": text])),
        Row(ByHand.self, object(byHand)),
        // In the order of the coding keys, which is that of decoding.
        Row(Renamed.self, object(["max_files": whole, "length": number])),
        Row(Odds.self, object(odds)),
        Row(Anything.self, strict: false, object(["value": "{}"])),
        Row(Nothing.self, object([:])),
        Row(Box<[Point]>.self, object(["content": list(object(point))])),
        Row(Trip.self, object(["stops": list(object(city)), "home": object(city, orNull: true)])),
        // No objects: fit for parts, not for a tool or an output.
        Row([String].self, strict: false, list(text)),
        Row(Mode.self, strict: false, #"{"type":"string","enum":["read","write"]}"#),
        Row(Int?.self, strict: false, #"{"type":["integer","null"]}"#),
    ]

    @Test(arguments: rows) func aTypeHasItsSchema(_ row: Row) throws {
        let schema = try row.schema()
        #expect(schema.raw.text == row.expected)
        #expect(schema.isStrict == row.isStrict)
    }

    /// What the schema allows, the type decodes.
    @Test(arguments: rows) func aValueOfTheSchemaDecodes(_ row: Row) throws {
        try row.decodeExample(SchemaExample.make(of: try row.schema().json))
    }

    @Test func descriptionsStandByTheirPaths() throws {
        let schema = try JSONSchema(
            of: Trip.self,
            describing: ["stops": "In order.", "stops.name": "In English.", "home": "Where it ends.", "home.country": "ISO."])
        #expect(schema.json["properties"]?["stops"]?["description"]?.stringValue == "In order.")
        let stop = schema.json["properties"]?["stops"]?["items"]?["properties"]
        #expect(stop?["name"]?["description"]?.stringValue == "In English.")
        // What the type says of itself stays unless the call says otherwise.
        #expect(stop?["country"]?["description"]?.stringValue == "Two letters.")
        let home = schema.json["properties"]?["home"]
        #expect(home?["description"]?.stringValue == "Where it ends.")
        #expect(home?["properties"]?["country"]?["description"]?.stringValue == "ISO.")
        #expect(schema.isStrict)
    }

    @Test func nothingStandsBesideAReference() throws {
        let schema = try JSONSchema(of: Forest.self, describing: ["oldest": "By age.", "best": "By taste.", "oldest.name": "Latin."])
        let properties = schema.json["properties"]
        #expect(properties?["oldest"]?.raw.text == ##"{"anyOf":[{"$ref":"#/$defs/Tree"}],"description":"By age."}"##)
        #expect(properties?["best"]?["description"]?.stringValue == "By taste.")
        #expect(schema.json["$defs"]?["Tree"]?["properties"]?["name"]?["description"]?.stringValue == "Latin.")
        #expect(schema.isStrict)
    }

    @Test func whatCannotBeFoundOutNamesFieldAndWayOut() {
        let table: [(make: () throws -> JSONSchema, path: String, part: String)] = [
            ({ try JSONSchema(of: House.self) }, "doors.state", "Make it CaseIterable"),
            ({ try JSONSchema(of: Drawing.self) }, "shapes", "adopt SchemaProviding"),
            ({ try JSONSchema(of: Endless.self) }, "next", "contains itself"),
            ({ try JSONSchema(of: Box<[Point: Int]>.self) }, "content", "CodingKeyRepresentable"),
            ({ try JSONSchema(of: Point.self, describing: ["z": "Height."]) }, "z", "'x', 'y'"),
            ({ try JSONSchema(of: Nothing.self, describing: ["z": "Height."]) }, "z", "it has none"),
        ]
        for row in table {
            do {
                _ = try row.make()
                Issue.record("no error for \(row.path)")
            } catch {
                let error = error as? SchemaError
                #expect(error?.path == row.path)
                #expect(error?.message.contains(row.part) == true, "\(error?.message ?? "")")
                #expect(error?.description.hasPrefix("Field '\(row.path)': ") == true)
            }
        }
    }

    /// A schema of more fields than strict mode allows is refused instead of growing.
    @Test func aTypeThatGrowsWithoutEndIsRefused() {
        typealias Four<T: Decodable> = Quad<Quad<Quad<Quad<T>>>>
        let error = #expect(throws: SchemaError.self) { try JSONSchema(of: Four<Four<Four<Int>>>.self) }
        #expect(error?.message.contains("more than 5000 fields") == true)
    }

    @Test func namesAreMadeOfTypes() {
        #expect(SchemaName.make(of: City.self) == "City")
        #expect(SchemaName.make(of: [City].self) == "Array_City")
        #expect(SchemaName.make(of: Box<[String: Int]>.self) == "Box_Dictionary_String_Int")
        #expect(SchemaName.make(of: (Foundations, Foundations, Foundations, Foundations).self).utf8.count <= 64)
    }
}

/// Four arrays, as the value itself would be too large with structs.
struct Quad<T: Decodable>: Decodable { var a, b, c, d: [T] }
