import ResponsesAPI

/// Items as they entered a conversation.
package struct EnteredItems: Sendable, ExpressibleByArrayLiteral {
    /// References replaced by what they stand for, sealed content opened: what a dialect writes down.
    package var items: [RawJSON]
    /// By index, those that may be written to a disk in another form only: the client sealed what entered in the clear.
    package var sealed: [Int: RawJSON]

    package init(_ items: [RawJSON], sealed: [Int: RawJSON] = [:]) {
        self.items = items
        self.sealed = sealed
    }

    package init(arrayLiteral elements: RawJSON...) { self.init(elements) }

    /// What they take in memory, in bytes.
    var bytes: Int { Self.bytes(of: items) + (sealed.isEmpty ? 0 : Self.bytes(of: sealed.values)) }

    static func bytes(of items: some Sequence<RawJSON>) -> Int {
        items.reduce(0) { $0 + $1.bytes.count + overheadBytesPerItem }
    }

    /// An array's header and the reference to it.
    private static var overheadBytesPerItem: Int { 48 }
}
