import ResponsesServer
import TerminalChat

/// What a person reads when the server is up: where it is, what answers, and what to do next.
struct Banner {
    let settings: ServeSettings
    let port: Int
    let choice: ChosenEngine
    /// Where stored responses are kept, and for how long.
    let store: String

    var text: String {
        let host = settings.server.host.contains(":") ? "[\(settings.server.host)]" : settings.server.host
        let base = "http://\(host):\(port)/v1"
        let model = choice.models.first ?? "MODEL"
        let key = settings.hasKeys ? "YOUR_KEY" : "none"
        let keys =
            settings.hasKeys
            ? "clients send one of yours" : "none set, so only this machine can connect (add --api-key to open it)"
        // The usual place need not be named.
        let server = base == ChatOptions.defaultURL ? "" : " --server \(base)"
        // A file that is found by itself should not be a surprise.
        let file = settings.sources.file.map { "\n  File       \($0.path)" } ?? ""
        return """

            Hotline \(Version.current) is up.

              Base URL   \(base)   (POST, SSE and WebSocket at /v1/responses; POST and SSE at /v1/chat/completions)
              Messages   \(base.dropLast(3))   (POST and SSE at /v1/messages, for clients that add /v1 themselves)
              Engine     \(choice.description)
              Models     \(modelList)
              Keys       \(keys)
              Stored     \(store)\(file)

            Try it:
              curl \(base)/responses -H 'Content-Type: application/json'\(settings.hasKeys ? " -H 'Authorization: Bearer YOUR_KEY'" : "") \\
                -d '{"model":"\(model)","input":"Hello"}'

            OpenAI SDK (Python), over one WebSocket:
              client = openai.OpenAI(base_url="\(base)", api_key="\(key)")
              with client.responses.connect() as line:
                  line.response.create(model="\(model)", input="Hello")
                  for event in line: print(event.type)

            \(agents(server))

            Other clients, such as Copilot, opencode, Zed or the SDKs:
              \(settings.hasKeys ? "HOTLINE_API_KEY=YOUR_KEY " : "")hotline connect NAME\(server)

            Stop with Ctrl-C.


            """
    }

    private func agents(_ server: String) -> String {
        if choice.models == [DemoModel.name] { return "Codex, Claude Code and other agents need a larger model than this one." }
        let key = settings.hasKeys ? "HOTLINE_API_KEY=YOUR_KEY " : ""
        return "Codex or Claude Code on this model:\n  \(key)hotline codex\(server)\n  \(key)hotline claude\(server)"
    }

    private var modelList: String {
        let shown = choice.models.prefix(6).joined(separator: ", ")
        if choice.models.isEmpty { return "the engine named none; names are passed on as they are" }
        return choice.models.count > 6 ? "\(shown) and \(choice.models.count - 6) more" : shown
    }
}
