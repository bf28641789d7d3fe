import ResponsesAPI

/// Items as they entered a conversation.
package struct EnteredItems: Sendable, ExpressibleByArrayLiteral {
    /// References replaced by what they stand for, sealed content opened: what a dialect writes down.
    package var items: [RawJSON]
    /// By index, those that may be written to a disk in another form only: the client sealed what entered in the clear.
    package var sealed: [Int: RawJSON]

    /// Which of several turns' items their models made, oldest first. Empty for one turn's input.
    private(set) var made: [Range<Int>] = []

    package init(_ items: [RawJSON], sealed: [Int: RawJSON] = [:]) {
        self.items = items
        self.sealed = sealed
    }

    package init(arrayLiteral elements: RawJSON...) { self.init(elements) }

    /// Puts a later turn's items behind these.
    mutating func append(_ input: EnteredItems, made output: [RawJSON]) {
        for (index, item) in input.sealed { sealed[items.count + index] = item }
        items += input.items
        if !output.isEmpty { made.append(items.count..<items.count + output.count) }
        items += output
    }

    /// What they take in memory, in bytes.
    var bytes: Int { Self.bytes(of: items) + (sealed.isEmpty ? 0 : Self.bytes(of: sealed.values)) }

    static func bytes(of items: some Sequence<RawJSON>) -> Int {
        items.reduce(0) { $0 + $1.bytes.count + overheadBytesPerItem }
    }

    /// An array's header and the reference to it.
    private static var overheadBytesPerItem: Int { 48 }
}
