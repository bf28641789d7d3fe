import Foundation
import ResponsesAPI
import Testing

@Suite struct JSONWriterTests {
    @Test func setsCommas() {
        var json = JSONWriter()
        json.beginObject()
        json.key("a")
        json.beginArray()
        json.value(1)
        json.value("x")
        json.beginObject()
        json.endObject()
        json.beginArray()
        json.endArray()
        json.endArray()
        json.key(String("b"))
        json.null()
        json.key("c")
        json.value(true)
        json.member("absent", ifSet: nil as String?)
        json.member("d", ifSet: false)
        json.key("e")
        json.value(literal: "word")
        json.endObject()
        #expect(json.raw.text == #"{"a":[1,"x",{},[]],"b":null,"c":true,"d":false,"e":"word"}"#)
        json.removeAll()
        json.value(2)
        #expect(json.raw.text == "2")
    }

    @Test(arguments: [0, 1, 9, 10, -1, -10, 99, 100, 1_234_567_890, Int.max, Int.min, Int.min + 1])
    func writesWholeNumbers(_ number: Int) {
        var json = JSONWriter()
        json.value(number)
        #expect(json.raw.text == "\(number)")
    }

    @Test(arguments: [0, 1, -1, 0.5, -0.25, 1e20, 1e-7, 0.1, 1e300, .leastNonzeroMagnitude, 9_007_199_254_740_994, 1.7976931348623157e308, -0.0])
    func writesNumbersThatReadBackEqual(_ number: Double) throws {
        var json = JSONWriter()
        json.value(number)
        #expect(try RawJSON(parsing: json.bytes).doubleValue == number)
    }

    @Test func escapesNames() throws {
        var json = JSONWriter()
        json.beginObject()
        json.key(String("a\"\n\u{1}"))
        json.value(1)
        json.endObject()
        #expect(json.raw.text == #"{"a\"\n\u0001":1}"#)
        #expect(try RawJSON(parsing: json.bytes)["a\"\n\u{1}"]?.intValue == 1)
    }

    /// Goal: what is written is what Foundation reads. Method: every byte that may need an escape, in words of all lengths.
    @Test func writesTextThatReadsBackEqual() throws {
        for value in UInt32(0)...0x180 {
            let scalar = String(try #require(Unicode.Scalar(value)))
            for padding in [0, 1, 7, 8, 9] {
                let text = String(repeating: "p", count: padding) + scalar + String(repeating: "q", count: padding)
                var json = JSONWriter()
                json.value(text)
                #expect(try tree(json.bytes) == text as NSString)
                #expect(json.bytes == [0x22] + JSONText(text).escaped + [0x22])
            }
        }
    }
}
