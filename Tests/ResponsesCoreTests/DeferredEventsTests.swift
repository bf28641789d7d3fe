import ResponsesAPI
import ResponsesEngine
import Testing

@testable import ResponsesCore

/// What waits behind a call keeps its order, and the end of a call's arguments is found by looking at each byte once.
struct DeferredEventsTests {
    private func entry(_ event: GenerationBatch.Event) -> DeferredEvents.Entry {
        DeferredEvents.Entry(event: event, escaped: [], logprobs: nil)
    }

    @Test func piecesOfACallLeaveWithIt() {
        var deferred = DeferredEvents()
        let head = ToolCallHead(kind: .function, name: "f", namespace: nil)
        deferred.append(entry(.toolCall(call: 1, head)))
        deferred.append(entry(.toolInput(call: 1, 0..<1)))
        deferred.append(entry(.toolCall(call: 2, head)))
        deferred.append(entry(.toolInput(call: 2, 0..<2)))
        deferred.append(entry(.toolInput(call: 1, 1..<3)))
        deferred.append(entry(.text(5..<6)))
        let first = deferred.removeFirst()
        #expect(first.own.map(\.event) == [.toolInput(call: 1, 0..<1), .toolInput(call: 1, 1..<3)])
        #expect(deferred.removeFirst().own.map(\.event) == [.toolInput(call: 2, 0..<2)])
        #expect(deferred.heldBytes > 0)
        #expect(deferred.removeFirst().first.event == .text(5..<6))
        #expect(deferred.isEmpty)
        #expect(deferred.heldBytes == 0)
    }

    @Test(arguments: [
        (#"{}"#, true), (#"{"a":"}"}"#, true), (#"{"a":"\"}"}"#, true), (#"{"a":"\\"}"#, true), (#"{"a":[{"b":1},2]}"#, true),
        (#"{"a":"}"#, false), (#"{"a":{}"#, false), (#"{"a":1}}"#, false), (#"["#, false), (#"{"a":"é\n{"}"#, true),
    ]) func balanceFindsTheEnd(json: String, isWhole: Bool) {
        let escaped = Array(JSONText(json).escaped)
        for step in 1...max(1, escaped.count) {
            var balance = JSONBalance()
            var end = 0
            while end < escaped.count {
                end = min(end + step, escaped.count)
                balance.advance(over: Array(escaped[..<end]))
            }
            #expect((balance.end == escaped.count) == isWhole, "in steps of \(step)")
        }
    }
}
