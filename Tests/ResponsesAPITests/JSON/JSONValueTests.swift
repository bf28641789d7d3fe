import Foundation
import ResponsesAPI
import Testing

@Suite struct JSONValueTests {
    @Test func buildsAndReads() throws {
        var value: JSONValue = ["b": 1, "a": [true, nil, 0.5, "x"], "c": [:]]
        #expect(value.raw.text == #"{"b":1,"a":[true,null,0.5,"x"],"c":{}}"#)
        #expect(value["b"]?.intValue == 1)
        #expect(value["a"]?[3]?.stringValue == "x")
        #expect(value["a"]?[2]?.doubleValue == 0.5)
        #expect(value["a"]?[1]?.isNull == true)
        #expect(value["a"]?[4] == nil)
        #expect(value["nothing"] == nil)
        value["b"] = 2
        value["d"] = "new"
        value["c"] = nil as JSONValue?
        #expect(value.raw.text == #"{"b":2,"a":[true,null,0.5,"x"],"d":"new"}"#)
        var empty = JSONValue.null
        empty["a"] = 1
        #expect(empty.raw.text == #"{"a":1}"#)
    }

    @Test(arguments: ["0", "-0", "1.0", "1e400", "12345678901234567890123", "-1E-7", "0.10"])
    func keepsNumbersAsSpelled(_ text: String) throws {
        #expect(try JSONValue(parsing: text).raw.text == text)
        #expect(try JSONValue(parsing: "[\(text)]").raw.text == "[\(text)]")
    }

    @Test func hasNoInfinities() {
        #expect(JSONValue.Number(Double.infinity) == nil)
        #expect(JSONValue.Number(Double.nan) == nil)
        #expect(JSONValue.Number(0.1)?.text == "0.1")
        #expect(JSONValue.Number(UInt64.max).text == "18446744073709551615")
    }

    @Test func keepsOrderAndDoubles() throws {
        let text = #"{"z":1,"a":{"y":[],"b":"\n"},"z":2}"#
        let value = try JSONValue(parsing: text)
        #expect(value.raw.text == text)
        #expect(value["z"]?.intValue == 2)
        #expect(value.members.map(\.name) == ["z", "a", "z"])
    }

    @Test func reachesTheLimitOfDepth() throws {
        let text = String(repeating: "[", count: JSONScanner.depthMax) + String(repeating: "]", count: JSONScanner.depthMax)
        #expect(try JSONValue(parsing: text).raw.text == text)
    }

    @Test func readsRawMembers() throws {
        let json = try RawJSON(parsing: #" {"a":1,"b":[1,{"c":2}],"a":"last","f":1.5,"t":true,"n":null} "#)
        #expect(json["a"]?.stringValue == "last")
        #expect(json["b"]?.elements.map(\.text) == ["1", #"{"c":2}"#])
        #expect(json["missing"] == nil)
        #expect(json["f"]?.doubleValue == 1.5)
        #expect(json["f"]?.intValue == nil)
        #expect(json["t"]?.boolValue == true)
        #expect(json["t"]?.intValue == nil)
        #expect(json["n"]?.isNull == true)
        #expect(json["n"]?.boolValue == nil)
        #expect(json["a"]?["x"] == nil)
        #expect(json.elements.isEmpty)
        #expect(json.bytes.first == UInt8(ascii: "{"))
        #expect(json.bytes.last == UInt8(ascii: "}"))
    }
}
