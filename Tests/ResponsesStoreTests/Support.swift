import ResponsesAPI
@testable import ResponsesStore

extension Owner {
    static let alice = Owner(rawValue: "alice")
    static let bob = Owner(rawValue: "bob")
}

extension ResponseRecord {
    /// A record whose item has this many bytes.
    static func sample(
        _ id: String, parent: String? = nil, owner: Owner = .alice, bytes: Int = 1000, tools: RawJSON = .emptyArray
    ) -> ResponseRecord {
        ResponseRecord(
            id: ResponseID(id), owner: owner, parent: parent.map { ResponseID($0) }, createdAt: 0,
            object: #"{"output":[],"tools":[]}"#, tools: tools,
            input: [RawJSON(validated: Array(#""\#(String(repeating: "x", count: bytes - 2))""#.utf8))])
    }
}

extension MemoryStore {
    /// Whether the owner's response is there; does not count as a use.
    func has(_ id: String, _ owner: Owner = .alice) -> Bool {
        withRecords { $0.place(of: ResponseID(id), owner) != nil }
    }

    func ids(to id: String) -> [String]? {
        chain(to: ResponseID(id), of: .alice, holding: { _ in false })?.map(\.id.rawValue)
    }
}
