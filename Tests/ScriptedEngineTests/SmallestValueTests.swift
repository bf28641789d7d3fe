import ResponsesAPI
import Testing

@testable import ScriptedEngine

@Suite struct SmallestValueTests {
    static let table: [(schema: RawJSON, value: String?)] = [
        // Types.
        (#"{"type":"object"}"#, "{}"), (#"{"type":"array"}"#, "[]"), (#"{"type":"string"}"#, "\"\""),
        (#"{"type":"integer"}"#, "0"), (#"{"type":"number"}"#, "0"), (#"{"type":"boolean"}"#, "false"),
        (#"{"type":"null"}"#, "null"), (#"{"type":["string","null"]}"#, "\"\""), (#"{"type":["null","object"]}"#, "{}"),
        ("{}", "null"), ("true", "null"), ("false", nil), (#"{"type":"odd"}"#, nil), (#"{"type":[]}"#, nil),
        // Objects.
        (#"{"type":"object","properties":{"a":{"type":"string"},"b":{"type":"integer"}},"required":["b"]}"#, #"{"b":0}"#),
        (#"{"properties":{"b":{"type":"string"},"a":{"type":"null"}},"required":["a","b"]}"#, #"{"b":"","a":null}"#),
        (#"{"required":["x"]}"#, #"{"x":null}"#), (#"{"required":["x"],"additionalProperties":{"type":"integer"}}"#, #"{"x":0}"#),
        (#"{"required":["x"],"additionalProperties":false}"#, nil),
        (#"{"minProperties":2,"properties":{"a":{"type":"integer"}}}"#, #"{"a":0,"p1":null}"#),
        (#"{"properties":{"a":false},"required":["a"]}"#, nil),
        (
            #"{"properties":{"a":{"properties":{"b":{"items":{"type":"integer"},"minItems":1}},"required":["b"]}},"required":["a"]}"#,
            #"{"a":{"b":[0]}}"#
        ),
        (#"{"properties":{"a \"b\"":{"type":"null"}},"required":["a \"b\""]}"#, #"{"a \"b\"":null}"#),
        // Arrays.
        (#"{"minItems":2,"items":{"type":"boolean"}}"#, "[false,false]"),
        (#"{"minItems":3,"prefixItems":[{"const":1},{"const":2}],"items":{"const":3}}"#, "[1,2,3]"),
        (#"{"minItems":2,"items":[{"const":1},{"const":2}]}"#, "[1,2]"), (#"{"type":"array","minItems":1000000000}"#, nil),
        // Strings.
        (#"{"minLength":3}"#, #""xxx""#), (#"{"format":"date"}"#, #""1970-01-01""#),
        (#"{"type":"string","format":"unheard-of"}"#, "\"\""), (#"{"type":"string","minLength":100000000}"#, nil),
        // Numbers.
        (#"{"type":"integer","minimum":1}"#, "1"), (#"{"type":"integer","minimum":-5}"#, "0"),
        (#"{"type":"integer","exclusiveMinimum":0}"#, "1"), (#"{"type":"integer","exclusiveMinimum":2.5}"#, "3"),
        (#"{"type":"integer","maximum":-3}"#, "-3"), (#"{"type":"integer","exclusiveMaximum":0}"#, "-1"),
        (#"{"type":"integer","minimum":1,"maximum":0}"#, nil), (#"{"type":"integer","minimum":1,"multipleOf":7}"#, "7"),
        (#"{"type":"number","minimum":0.5}"#, "1"), (#"{"type":"number","minimum":0.5,"maximum":0.75}"#, "0.5"),
        (#"{"type":"number","exclusiveMinimum":0.5,"maximum":0.75}"#, "0.75"),
        (#"{"type":"number","exclusiveMinimum":0.5,"exclusiveMaximum":0.75}"#, "0.625"),
        (#"{"type":"number","exclusiveMinimum":0,"exclusiveMaximum":1}"#, "0.5"),
        (#"{"minimum":0,"exclusiveMinimum":true,"type":"integer"}"#, "1"), (#"{"minimum":3,"multipleOf":2.5}"#, "5"),
        // Choices.
        (#"{"enum":["long","b","cc"]}"#, #""b""#), (#"{"enum":["b",7],"type":"string"}"#, #""b""#), (#"{"const":{"a":1}}"#, #"{"a":1}"#),
        (#"{"enum":[]}"#, nil), (#"{"enum":[1,2],"const":2}"#, "2"), (#"{"enum":["a"],"type":["integer","null"]}"#, nil),
        (#"{"anyOf":[{"type":"string","minLength":5},{"type":"null"}]}"#, "null"),
        (#"{"oneOf":[{"type":"object","required":["a"]},{"const":12}]}"#, "12"), (#"{"anyOf":[]}"#, nil),
        (#"{"anyOf":[false,{"type":"integer"}],"minimum":4}"#, "4"),
        (#"{"allOf":[{"type":"integer"},{"minimum":2},{"maximum":9,"minimum":3}]}"#, "3"),
        (#"{"allOf":[{"properties":{"a":{"type":"integer"}},"required":["a"]},{"properties":{"a":{"minimum":5}}}]}"#, #"{"a":5}"#),
        (#"{"allOf":[{"type":"string"},{"type":"integer"}]}"#, nil), (#"{"allOf":[{"type":"number"},{"type":"integer"}]}"#, "0"),
        (#"{"anyOf":[{"minimum":1},{"minimum":2}],"oneOf":[{"maximum":9},{"maximum":1}],"type":"integer"}"#, "1"),
        // References.
        (##"{"$ref":"#/$defs/a","$defs":{"a":{"type":"integer","minimum":2}}}"##, "2"),
        (##"{"$ref":"#/definitions/a~1b","definitions":{"a/b":{"const":"x"}}}"##, #""x""#),
        (##"{"$ref":"#/$defs/a","minimum":8,"$defs":{"a":{"$ref":"#/$defs/b"},"b":{"type":"integer"}}}"##, "8"),
        (##"{"$ref":"#/$defs/absent"}"##, nil), (#"{"$ref":"http://elsewhere/schema"}"#, nil),
        (
            ##"{"$ref":"#/$defs/list","$defs":{"list":{"required":["next"],"properties":{"next":{"anyOf":[{"$ref":"#/$defs/list"},{"type":"null"}]}}}}}"##,
            #"{"next":null}"#
        ),
        (##"{"required":["self"],"properties":{"self":{"$ref":"#"}}}"##, nil),
        (##"{"properties":{"a":{"$ref":"#/$defs/n"},"b":{"$ref":"#/$defs/n"}},"required":["a","b"],"$defs":{"n":{"const":1}}}"##, #"{"a":1,"b":1}"#),
    ]

    @Test(arguments: table)
    func findsTheSmallest(schema: RawJSON, value: String?) {
        #expect(SmallestValue.fitting(schema)?.text == value, "\(schema.text)")
    }

    @Test(arguments: [
        ("{}", "{}"), (#"{"type":["object","null"]}"#, "{}"), (#"{"type":"string"}"#, nil),
        (#"{"anyOf":[{"type":"null"},{"type":"object","required":["a"]}]}"#, #"{"a":null}"#),
    ] as [(RawJSON, String?)])
    func parametersAreAlwaysAnObject(schema: RawJSON, value: String?) {
        #expect(SmallestValue.fitting(schema, mustBeObject: true)?.text == value)
    }

    /// Two references in each of thirty definitions would make 2^30 values.
    @Test func hostileSchemasEndSoon() {
        var definitions = #""d30":{"type":"null"}"#
        for index in 0..<30 {
            let next = ##"{"$ref":"#/$defs/d\##(index + 1)"}"##
            definitions += #","d\#(index)":{"required":["a","b"],"properties":{"a":\#(next),"b":\#(next)}}"#
        }
        let schema = RawJSON(stringLiteral: ##"{"$ref":"#/$defs/d0","$defs":{\##(definitions)}}"##)
        #expect(SmallestValue.fitting(schema) == nil)
    }

    /// Each name, reference and alternative is looked at a few times, however many there are.
    @Test(.timeLimit(.minutes(1))) func largeSchemasEndSoon() throws {
        let names = (0..<15_000).map { "\"n\($0)\"" }.joined(separator: ",")
        let properties = (0..<15_000).map { #""n\#($0)":{}"# }.joined(separator: ",")
        let references = (0..<10_000).map { ##""n\##($0)":{"$ref":"#/properties/n\##($0 + 1)"}"## }.joined(separator: ",")
        let empty = repeatElement("{}", count: 10_000).joined(separator: ",")
        for schema in [
            #"{"required":[\#(names)],"allOf":[{"required":[\#(names)]}]}"#, #"{"properties":{\#(properties)},"required":[\#(names)]}"#,
            #"{"required":["n0"],"properties":{\#(references)}}"#, #"{"properties":{\#(properties)},"anyOf":[\#(empty)]}"#,
        ] { _ = SmallestValue.fitting(try RawJSON(parsing: schema)) }
        let large = #"{"enum":[\#(names)],"allOf":[{"enum":[\#(names)]}]}"#
        #expect(SmallestValue.fitting(try RawJSON(parsing: large))?.text == #""n0""#)
    }
}
