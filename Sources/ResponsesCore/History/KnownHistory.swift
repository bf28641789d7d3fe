import ResponsesAPI

/// A conversation that came whole: the response that it continues, as far as one is known, and what is new behind it.
package struct KnownHistory: Sendable {
    package var parent: ChainNode?
    package var items: [Item]

    package init(parent: ChainNode?, items: [Item]) {
        self.parent = parent
        self.items = items
    }
}
