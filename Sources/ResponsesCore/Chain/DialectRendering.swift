import ResponsesAPI
import ResponsesEngine

/// What a dialect made of a conversation, together with the dialect.
package final class DialectRendering<Prompt: RenderedPrompt>: Rendering {
    package let dialect: any Dialect<Prompt>
    package let prompt: Prompt
    package let addedBytes: Int

    package convenience init(_ dialect: any Dialect<Prompt>, _ prompt: Prompt) {
        self.init(dialect, prompt, addedBytes: prompt.addedBytes)
    }

    private init(_ dialect: any Dialect<Prompt>, _ prompt: Prompt, addedBytes: Int) {
        self.dialect = dialect
        self.prompt = prompt
        self.addedBytes = addedBytes
    }

    /// Writes down what several turns added, as it was written down when they were made.
    ///
    /// - Throws: `APIError` for an item of an input that cannot be written down in this dialect.
    convenience init(
        _ dialect: any Dialect<Prompt>, after before: Prompt?, _ entered: EnteredItems
    ) throws(APIError) {
        let items = { (range: Range<Int>) in entered.items[range].compactMap { try? Item($0) } }
        if let prompt = try? dialect.extend(before, with: items(entered.items.indices)) {
            self.init(dialect, prompt)
            return
        }
        // One item is refused. What a model made is left out then, as it was when it was made.
        var growing = Growing(dialect, try dialect.extend(before, with: []))
        growing.addedBytes = growing.prompt.addedBytes
        var start = 0
        for made in entered.made {
            try growing.extend(with: items(start..<made.lowerBound))
            growing.extend(withMade: items(made))
            start = made.upperBound
        }
        try growing.extend(with: items(start..<entered.items.count))
        self.init(dialect, growing.prompt, addedBytes: growing.addedBytes)
    }

    package var dialectName: String { dialect.name }

    package func extended(with items: [Item]) throws(APIError) -> any Rendering {
        DialectRendering(dialect, try dialect.extend(prompt, with: items))
    }

    package func extended(withMade items: [Item]) -> any Rendering {
        var growing = Growing(dialect, prompt)
        growing.extend(withMade: items)
        return DialectRendering(dialect, growing.prompt, addedBytes: growing.addedBytes)
    }

    /// A prompt that is extended several times, and what that added.
    private struct Growing {
        private let dialect: any Dialect<Prompt>
        private(set) var prompt: Prompt
        var addedBytes = 0

        init(_ dialect: any Dialect<Prompt>, _ prompt: Prompt) {
            self.dialect = dialect
            self.prompt = prompt
        }

        mutating func extend(with items: [Item]) throws(APIError) {
            guard !items.isEmpty else { return }
            prompt = try dialect.extend(prompt, with: items)
            addedBytes += prompt.addedBytes
        }

        mutating func extend(withMade items: [Item]) {
            do throws(APIError) {
                try extend(with: items)
            } catch {
                for item in items { try? extend(with: [item]) }
            }
        }
    }
}
