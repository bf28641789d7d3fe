import ResponsesAPI
import Testing

@testable import ResponsesStore

@Suite struct ObjectFrameTests {
    private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    private static let first =
        #"{"id":"resp_1","object":"response","created_at":1,"usage":null,"metadata":{"id":"x"},"previous_response_id":null,"user":"u"}"#

    @Test(arguments: [
        first, #"{"id":"a"}"#, #"{"a":1,"id":2}"#, #"{ "id" : "a" , "usage" : {"id": [1, {"usage": 2}]} }"#, #"{"id":1,"id":2}"#,
        #"{"usage":"\u0000 \" id"}"#, #"{"\u0069d":3,"x":"id"}"#,
    ])
    func anObjectComesBackByteForByte(_ text: String) throws {
        let object = bytes(text)
        let (frame, own) = try #require(ObjectFrame.split(object))
        #expect(ObjectFrame.joined(frame, own) == object)
        #expect(ObjectFrame.own(of: object, in: frame) == own)
        #expect(own.capacity <= own.count + 32)
    }

    @Test func turnsWithEqualSettingsHaveOneFrame() throws {
        let (frame, own) = try #require(ObjectFrame.split(bytes(Self.first)))
        let second = Self.first.replacing("resp_1", with: "resp_22").replacing(
            #""usage":null"#, with: #""usage":{"input_tokens":12}"#
        ).replacing(#""previous_response_id":null"#, with: #""previous_response_id":"resp_1""#)
        #expect(ObjectFrame.split(bytes(second))?.frame == frame)
        let other = try #require(ObjectFrame.own(of: bytes(second), in: frame))
        #expect(other != own)
        #expect(ObjectFrame.joined(frame, other) == bytes(second))
    }

    @Test(arguments: [
        (#""user":"u""#, #""user":"v""#), (#""user":"u""#, #""user":"u","more":1"#), (#","user":"u""#, ""),
        (#""metadata":{"id":"x"}"#, #""metadata":{"id":"y"}"#), (#""usage":null,"#, ""), (#""created_at":1"#, #""created_at" :1"#),
    ])
    func anotherSettingIsAnotherFrame(_ from: String, _ to: String) throws {
        let (frame, _) = try #require(ObjectFrame.split(bytes(Self.first)))
        let other = bytes(Self.first.replacing(from, with: to))
        #expect(ObjectFrame.own(of: other, in: frame) == nil)
        #expect(ObjectFrame.split(other)?.frame != frame)
    }

    @Test(arguments: ["[]", "{}", #"{"a":1}"#, "null", "{\"id\":\"\u{0}\"}"])
    func whatHasNothingOfItsOwnIsLeftWhole(_ text: String) {
        #expect(ObjectFrame.split(bytes(text)) == nil)
    }
}
