import ResponsesAPI

/// Where a request's tools are looked for before they are read: what the connection keeps, then what its owner's others do.
public struct KnownTools: Sendable {
    private let last: KeptTools?
    private let shelf: ToolShelf
    private let owner: Owner

    public init(last: KeptTools? = nil, on shelf: ToolShelf, of owner: Owner) {
        self.last = last
        self.shelf = shelf
        self.owner = owner
    }

    /// Reads a request; its tools are those known, when they have the same bytes.
    ///
    /// - Throws: as `CreateRequest.init(parsing:reusing:)`.
    public func request(parsing bytes: [UInt8]) throws(APIError) -> CreateRequest {
        try CreateRequest(parsing: bytes) { json in
            if let last, last.tools.json.isEqual(to: json) { return last.tools }
            return shelf.find(json, of: owner)?.tools
        }
    }
}
