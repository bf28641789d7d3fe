extension ClientGuide {
    /// Libraries that speak Chat Completions or the Messages API, each as a whole program that asks one question.
    static let otherLibraries = [
        openAIChatPython, anthropicPython, liteLLM, langchainOpenAI, langchainAnthropic, pydanticChat, pydanticMessages,
    ]

    private static let openAIChatPython = ClientGuide(
        name: "openai-chat-python", title: "OpenAI SDK for Python, chat.completions", wire: .chat, form: .python,
        saved: "hello.py", place: "Then: pip install openai && python3 FILE."
    ) { model in
        """
        import os

        import openai

        client = openai.OpenAI(base_url=\(Quoted.json(model.baseURL)), api_key=os.environ.get("HOTLINE_API_KEY", "none"))

        messages = [{"role": "user", "content": "Hello"}]
        for chunk in client.chat.completions.create(model=\(Quoted.json(model.name)), messages=messages, stream=True):
            if chunk.choices:
                print(chunk.choices[0].delta.content or "", end="", flush=True)
        print()

        """
    }

    private static let anthropicPython = ClientGuide(
        name: "anthropic-python", title: "Anthropic SDK for Python", wire: .messages, form: .python,
        saved: "hello.py", place: "Then: pip install anthropic && python3 FILE."
    ) { model in
        """
        import os

        import anthropic

        client = anthropic.Anthropic(base_url=\(Quoted.json(model.rootURL)), api_key=os.environ.get("HOTLINE_API_KEY", "none"))

        messages = [{"role": "user", "content": "Hello"}]
        with client.messages.stream(model=\(Quoted.json(model.name)), max_tokens=1024, messages=messages) as stream:
            for text in stream.text_stream:
                print(text, end="", flush=True)
        print()

        """
    }

    private static let liteLLM = ClientGuide(
        name: "litellm", title: "LiteLLM for Python", wire: .chat, form: .python,
        saved: "hello.py", place: "Then: pip install litellm && python3 FILE."
    ) { model in
        """
        import os

        import litellm

        chunks = litellm.completion(
            model=\(Quoted.json("openai/\(model.name)")),
            api_base=\(Quoted.json(model.baseURL)),
            api_key=os.environ.get("HOTLINE_API_KEY", "none"),
            messages=[{"role": "user", "content": "Hello"}],
            stream=True,
        )
        for chunk in chunks:
            print(chunk.choices[0].delta.content or "", end="", flush=True)
        print()

        """
    }

    private static let langchainOpenAI = langchain(
        "langchain-openai", title: "LangChain for Python, ChatOpenAI", wire: .chat, package: "langchain_openai", type: "ChatOpenAI")

    private static let langchainAnthropic = langchain(
        "langchain-anthropic", title: "LangChain for Python, ChatAnthropic", wire: .messages, package: "langchain_anthropic",
        type: "ChatAnthropic")

    private static func langchain(_ name: String, title: String, wire: SpokenProtocol, package: String, type: String) -> ClientGuide {
        ClientGuide(name: name, title: title, wire: wire, form: .python, saved: "hello.py", place: "Then: pip install \(name) && python3 FILE.") { model in
            """
            import os

            from \(package) import \(type)

            model = \(type)(
                model=\(Quoted.json(model.name)),
                base_url=\(Quoted.json(wire == .messages ? model.rootURL : model.baseURL)),
                api_key=os.environ.get("HOTLINE_API_KEY", "none"),
            )
            for chunk in model.stream("Hello"):
                print(chunk.text, end="", flush=True)
            print()

            """
        }
    }

    private static let pydanticChat = pydantic(.chat, kind: "OpenAI", model: "OpenAIChatModel", module: "openai")

    private static let pydanticMessages = pydantic(.messages, kind: "Anthropic", model: "AnthropicModel", module: "anthropic")

    private static func pydantic(_ wire: SpokenProtocol, kind: String, model type: String, module: String) -> ClientGuide {
        ClientGuide(
            name: "pydantic-ai-\(wire.word)", title: "Pydantic AI for Python, \(type)", wire: wire, form: .python,
            saved: "hello.py", place: "Then: pip install 'pydantic-ai-slim[\(module)]' && python3 FILE."
        ) { model in
            """
            import os

            from pydantic_ai import Agent
            from pydantic_ai.models.\(module) import \(type)
            from pydantic_ai.providers.\(module) import \(kind)Provider

            provider = \(kind)Provider(
                base_url=\(Quoted.json(wire == .messages ? model.rootURL : model.baseURL)),
                api_key=os.environ.get("HOTLINE_API_KEY", "none"),
            )
            agent = Agent(\(type)(\(Quoted.json(model.name)), provider=provider))
            print(agent.run_sync("Hello").output)

            """
        }
    }
}
