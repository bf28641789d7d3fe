import ResponsesAPI
import ResponsesEngine

/// What a dialect made of a conversation, together with the dialect.
package struct DialectRendering<Prompt: RenderedPrompt>: Rendering {
    package let dialect: any Dialect<Prompt>
    package private(set) var prompt: Prompt
    package private(set) var addedBytes: Int

    package init(_ dialect: any Dialect<Prompt>, _ prompt: Prompt) {
        self.dialect = dialect
        self.prompt = prompt
        addedBytes = prompt.addedBytes
    }

    /// Writes down what several turns added, as it was written down when they were made.
    ///
    /// - Throws: `APIError` for an item of an input that cannot be written down in this dialect.
    init(_ dialect: any Dialect<Prompt>, after before: Prompt?, _ entered: EnteredItems) throws(APIError) {
        let items = { (range: Range<Int>) in entered.items[range].compactMap { try? Item($0) } }
        if let prompt = try? dialect.extend(before, with: items(entered.items.indices)) {
            self.init(dialect, prompt)
            return
        }
        // One item is refused. What a model made is left out then, as it was when it was made.
        self.init(dialect, try dialect.extend(before, with: []))
        var start = 0
        for made in entered.made {
            try extend(with: items(start..<made.lowerBound))
            extend(withMade: items(made))
            start = made.upperBound
        }
        try extend(with: items(start..<entered.items.count))
    }

    package var dialectName: String { dialect.name }

    package func extended(with items: [Item]) throws(APIError) -> any Rendering {
        DialectRendering(dialect, try dialect.extend(prompt, with: items))
    }

    package func extended(withMade items: [Item]) -> any Rendering {
        var extended = self
        extended.addedBytes = 0
        extended.extend(withMade: items)
        return extended
    }

    private mutating func extend(with items: [Item]) throws(APIError) {
        guard !items.isEmpty else { return }
        prompt = try dialect.extend(prompt, with: items)
        addedBytes += prompt.addedBytes
    }

    private mutating func extend(withMade items: [Item]) {
        do throws(APIError) {
            try extend(with: items)
        } catch {
            for item in items { try? extend(with: [item]) }
        }
    }
}
