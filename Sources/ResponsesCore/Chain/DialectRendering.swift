import ResponsesAPI
import ResponsesEngine

/// What a dialect made of a conversation, together with the dialect.
package struct DialectRendering<Prompt: RenderedPrompt>: Rendering {
    package let dialect: any Dialect<Prompt>
    package let prompt: Prompt

    package init(_ dialect: any Dialect<Prompt>, _ prompt: Prompt) {
        self.dialect = dialect
        self.prompt = prompt
    }

    package var dialectName: String { dialect.name }
    package var addedBytes: Int { prompt.addedBytes }

    package func extended(with items: [Item]) throws(APIError) -> any Rendering {
        DialectRendering(dialect, try dialect.extend(prompt, with: items))
    }
}
