import ResponsesAPI
import ResponsesStore
import Testing

@testable import ResponsesCore

/// Outputs and the calls that they answer, where there are many of both.
@Suite(.timeLimit(.minutes(1))) struct OpenCallTests {
    /// Each output is found among the calls without a look at all of them: this would take minutes otherwise.
    @Test func manyOutputsOfManyOpenCalls() throws {
        let calls = (0..<16_384).map { OpenCall(callID: "call_\(1_000_000 + $0)", mustBeAnswered: true) }
        let record = ResponseRecord(
            id: "resp_1", owner: "alice", parent: nil, createdAt: 0, object: .emptyObject, tools: .emptyArray, input: [], openCalls: calls)
        let parent = ChainNode.chain(of: [record], after: nil, sealer: nil, account: MemoryAccount())
        let last = try Item(RawJSON(parsing: #"{"type":"function_call_output","call_id":"call_1016383","output":"o"}"#))
        let other = try Item(RawJSON(parsing: #"{"type":"function_call_output","call_id":"call_1","output":"o"}"#))
        let outputs = [Item](repeating: last, count: 200_000)
        #expect(!ResolvedTurn.mustSearch(outputs, parent))
        #expect(ResolvedTurn.mustSearch(outputs + [other], parent))
    }
}
