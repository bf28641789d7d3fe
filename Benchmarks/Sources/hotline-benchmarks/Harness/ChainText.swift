import NIOCore

/// The messages of a conversation whose turns are all alike: about 300 bytes each, half asked and half answered.
enum ChainText {
    static let question = String(repeating: "what comes after this? ", count: 7)
    static let answer = String(repeating: "that would be the next. ", count: 6)

    /// The next turn of a chain: its new item only.
    static func create(_ model: String, after previous: String?) -> String {
        let parent = previous.map { #","previous_response_id":"\#($0)""# } ?? ""
        return #"{"type":"response.create","model":"\#(model)","store":false\#(parent),"input":[\#(user)]}"#
    }

    /// The same turn with its history: what a client without chains sends as its `number`th turn, counted from 1.
    static func create(_ model: String, withHistoryOf number: Int) -> String {
        var items = ""
        for _ in 1..<max(1, number) { items += user + "," + assistant + "," }
        return #"{"type":"response.create","model":"\#(model)","store":false,"input":[\#(items)\#(user)]}"#
    }

    private static let user = #"{"type":"message","role":"user","content":"\#(question)"}"#
    private static let assistant =
        #"{"type":"message","role":"assistant","content":[{"type":"output_text","text":"\#(answer)"}]}"#

    /// The turns whose cost is shown, with neighbours enough for a median.
    static let windows: [(name: Int, turns: Range<Int>)] = [(1, 0..<1), (10, 5..<15), (100, 90..<110), (1000, 980..<1000)]
    static let length = 1000
}
