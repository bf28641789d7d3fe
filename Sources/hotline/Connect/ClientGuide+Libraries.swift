extension ClientGuide {
    /// Libraries, each as a whole program that asks one question.
    static let libraries = [openAIPython, openAINode, agentsSDK, aiSDK, swift, curl]

    private static let openAIPython = ClientGuide(
        name: "openai-python", title: "OpenAI SDK for Python, one WebSocket", wire: .responses, form: .python,
        saved: "hello.py", place: "Then: pip install 'openai[realtime]' && python3 FILE."
    ) { model in
        """
        import os

        import openai

        client = openai.OpenAI(base_url=\(Quoted.json(model.baseURL)), api_key=os.environ.get("HOTLINE_API_KEY", "none"))

        with client.responses.connect() as line:
            line.response.create(model=\(Quoted.json(model.name)), input="Hello", store=False)
            for event in line:
                if event.type == "response.output_text.delta":
                    print(event.delta, end="", flush=True)
                elif event.type in ("response.completed", "response.incomplete", "response.failed", "error"):
                    print()
                    break

        """
    }

    private static let openAINode = ClientGuide(
        name: "openai-node", title: "OpenAI SDK for JavaScript", wire: .responses, form: .javaScript,
        saved: "hello.mjs", place: "Then: npm install openai && node FILE."
    ) { model in
        """
        import OpenAI from "openai";

        const client = new OpenAI({ baseURL: \(Quoted.json(model.baseURL)), apiKey: process.env.HOTLINE_API_KEY ?? "none" });

        const stream = await client.responses.create({ model: \(Quoted.json(model.name)), input: "Hello", stream: true });
        for await (const event of stream) {
          if (event.type === "response.output_text.delta") process.stdout.write(event.delta);
        }
        console.log();

        """
    }

    private static let agentsSDK = ClientGuide(
        name: "agents-sdk", title: "OpenAI Agents SDK for Python, one WebSocket", wire: .responses, form: .python,
        saved: "hello.py", place: "Then: pip install openai-agents 'openai[realtime]' && python3 FILE."
    ) { model in
        """
        import asyncio
        import os

        from agents import Agent, responses_websocket_session, set_tracing_disabled

        # Traces would go to OpenAI.
        set_tracing_disabled(True)


        async def main():
            agent = Agent(name="Assistant", model=\(Quoted.json(model.name)))
            key = os.environ.get("HOTLINE_API_KEY", "none")
            async with responses_websocket_session(base_url=\(Quoted.json(model.baseURL)), api_key=key) as session:
                result = await session.run(agent, "Hello", auto_previous_response_id=True)
            print(result.final_output)


        asyncio.run(main())

        """
    }

    private static let aiSDK = ClientGuide(
        name: "ai-sdk", title: "AI SDK for JavaScript", wire: .responses, form: .javaScript,
        saved: "hello.mjs", place: "Then: npm install ai @ai-sdk/openai && node FILE."
    ) { model in
        """
        import { createOpenAI } from "@ai-sdk/openai";
        import { streamText } from "ai";

        const hotline = createOpenAI({ baseURL: \(Quoted.json(model.baseURL)), apiKey: process.env.HOTLINE_API_KEY ?? "none" });

        const { textStream } = streamText({ model: hotline.responses(\(Quoted.json(model.name))), prompt: "Hello" });
        for await (const text of textStream) process.stdout.write(text);
        console.log();

        """
    }

    private static let swift = ClientGuide(
        name: "swift", title: "Swift, with the ResponsesClient library of this package", wire: .responses, form: .swift,
        place: "Add the product ResponsesClient of this package to yours, and this as main.swift."
    ) { model in
        """
        import Foundation
        import ResponsesClient

        let key = ProcessInfo.processInfo.environment["HOTLINE_API_KEY"]
        let (url, model) = (\(Quoted.json(model.baseURL)), \(Quoted.json(model.name)))
        try await ResponsesClient.withConnection(to: url, key: key, model: model) { line in
            let turn = try await line.respond(to: "Hello")
            for try await event in turn {
                if case .outputTextDelta(_, let delta) = event.body { print(delta.string, terminator: "") }
            }
            print()
        }

        """
    }

    private static let curl = ClientGuide(
        name: "curl", title: "curl", wire: .responses, form: .shell, saved: "hello.sh", place: "Run it: sh FILE."
    ) { model in
        let body = #"{"model": \#(Quoted.json(model.name)), "input": "Hello", "stream": true}"#
        return """
            curl -N \(Quoted.shell("\(model.baseURL)/responses")) -H 'Content-Type: application/json' \\
              -H "Authorization: Bearer ${HOTLINE_API_KEY:-none}" \\
              -d \(Quoted.shell(body))

            """
    }
}
