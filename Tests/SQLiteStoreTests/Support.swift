import LibC
import ResponsesAPI
import ResponsesStore

@testable import SQLiteStore

extension Owner {
    static let alice = Owner(rawValue: "alice")
    static let bob = Owner(rawValue: "bob")
}

extension ResponseRecord {
    /// A record of a streamed turn as a server makes it: an object with settings, one item in, one out.
    static func sample(
        _ name: String, parent: String? = nil, owner: Owner = .alice, bytes: Int = 400, tools: RawJSON = .emptyArray,
        model: String = "test-model", metadata: RawJSON = .emptyObject, status: String = "completed", createdAt: Int = 1_700_000_000,
        isRunning: Bool = false
    ) -> ResponseRecord {
        func json(_ text: String) -> RawJSON { RawJSON(validated: Array(text.utf8)) }
        let instructions = String(repeating: "Answer in one word. ", count: 20)
        return ResponseRecord(
            id: ResponseID("resp_\(name)"), owner: owner, parent: parent.map { ResponseID("resp_\($0)") }, createdAt: createdAt,
            object: json(
                #"{"id":"resp_\#(name)","object":"response","created_at":\#(createdAt),"status":"\#(status)","model":"\#(model)","#
                    + #""instructions":"\#(instructions)","metadata":\#(metadata.text),"output":[],"tools":[],"#
                    + #""usage":{"input_tokens":\#(name.utf8.count)}}"#),
            tools: tools,
            input: [json(#"{"type":"message","role":"user","content":"\#(String(repeating: "x", count: bytes / 2)) \#(name)"}"#)],
            output: [
                json(
                    #"{"id":"msg_\#(name)_0","type":"message","role":"assistant","#
                        + #""content":"\#(String(repeating: "y", count: bytes / 2))"}"#)
            ],
            isRunning: isRunning)
    }

    /// Whether all fields are the same.
    func isSame(as other: ResponseRecord?) -> Bool {
        guard let other else { return false }
        return id == other.id && owner == other.owner && parent == other.parent && createdAt == other.createdAt
            && object == other.object && tools == other.tools && input == other.input && entered == other.entered
            && output == other.output && openCalls == other.openCalls && isRunning == other.isRunning
    }
}

extension SQLiteStore {
    func ids(to name: String, of owner: Owner = .alice) async throws -> [String]? {
        try await chain(to: ResponseID("resp_\(name)"), of: owner) { _ in false }?.map { String($0.id.rawValue.dropFirst(5)) }
    }

    func has(_ name: String, _ owner: Owner = .alice) async throws -> Bool {
        try await response(ResponseID("resp_\(name)"), of: owner) != nil
    }

    /// Whether all of these are there.
    func hasAll(_ names: String...) async throws -> Bool {
        for name in names { guard try await has(name) else { return false } }
        return true
    }

    /// Saves a chain of responses, the oldest first.
    func saveChain(_ names: [String], owner: Owner = .alice, bytes: Int = 400) async throws {
        var parent: String?
        for name in names {
            try await save(.sample(name, parent: parent, owner: owner, bytes: bytes))
            parent = name
        }
    }
}
