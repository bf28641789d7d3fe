import Hummingbird
import NIOCore
import ResponsesAPI
import ResponsesCore

/// `POST /v1/responses/compact`: the user's messages as they are, and one item that holds a summary of the rest.
///
/// The model itself writes the summary; it is sealed, as the item is opaque to clients (Responses API, section 10).
struct CompactRoute: Sendable {
    let services: ServerServices

    private static let prompt: JSONText = """
        Summarize this conversation so that it can go on from your summary alone. Keep decisions, facts, names, file paths, \
        open questions and what was asked last. Answer with the summary only.
        """

    func compact(_ request: Request, _ context: HotlineRequestContext) async throws -> Response {
        var create = try CreateRequest(parsing: await request.bytes(upTo: services.limits.messageBytesMax, context))
        guard create.model != nil else { throw APIError.missing("model") }
        let earlier = try earlierItems(create, context.owner)
        let kept = (earlier + create.input).filter(\.isUserMessage)
        create.input.append(.userMessage(Self.prompt))
        create.store = false
        create.stream = false
        create.generate = nil
        create.tools = .empty
        create.toolChoice = .none
        let line = RequestScope(streaming: false, services: services, context: context)
        let beginning = await line.begin(create)
        await line.end()
        switch beginning {
        case .refused(let error): throw error
        case .streaming: throw APIError.noSummary
        case .response(let json):
            guard let response = try? RawJSON(parsing: json), let summary = response.outputText else { throw APIError.noSummary }
            return Response(json: write(kept, summary: summary, of: response))
        }
    }

    private func earlierItems(_ create: CreateRequest, _ owner: Owner) throws(APIError) -> [Item] {
        guard let id = create.previousResponseID else { return [] }
        guard let node = services.store.find(id, owner: owner) else { throw .previousResponseNotFound(id) }
        return node.items()
    }

    private func write(_ kept: [Item], summary: JSONText, of response: RawJSON) -> [UInt8] {
        let stem = ServerServices.makeResponseID().rawValue.dropFirst("resp_".count)
        var json = JSONWriter(reserving: 4096)
        json.beginObject()
        json.key("id")
        json.value("cmpr_\(stem)")
        json.key("object")
        json.value("response.compaction")
        json.key("created_at")
        json.value(ConnectionDriver.now().unixSeconds)
        json.key("output")
        json.beginArray()
        for (index, item) in kept.enumerated() { item.writeKept(id: "msg_\(stem)_\(index)", to: &json) }
        json.beginObject()
        json.key("id")
        json.value("cmp_\(stem)")
        json.key("type")
        json.value("compaction")
        json.key("encrypted_content")
        json.value(services.sealer.seal(summary, as: .compaction))
        json.endObject()
        json.endArray()
        json.key("usage")
        json.value(response["usage"])
        json.endObject()
        return json.bytes
    }
}

extension APIError {
    fileprivate static let noSummary = APIError(
        status: 502, type: "server_error", code: .serverError,
        message: "The model wrote no summary. Try again, or start a new chain with the messages you need.")
}

extension Item {
    fileprivate var isUserMessage: Bool {
        if case .message(let message) = body { message.role == .user } else { false }
    }

    /// A message as the compaction's output holds it: content is an array, whatever the client sent.
    fileprivate func writeKept(id: String, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("id")
        writer.value(self.id ?? id)
        writer.key("type")
        writer.value("message")
        writer.key("status")
        writer.value("completed")
        writer.key("role")
        writer.value("user")
        writer.key("content")
        if let content = json["content"], content.isArray {
            writer.value(content)
        } else if case .message(let message) = body, let text = message.content.first?.text {
            writer.beginArray()
            writer.beginObject()
            writer.key("type")
            writer.value("input_text")
            writer.key("text")
            writer.value(text)
            writer.endObject()
            writer.endArray()
        } else {
            writer.literal("[]")
        }
        writer.endObject()
    }
}

extension RawJSON {
    /// The text of the messages of a response object; nil when there is none.
    fileprivate var outputText: JSONText? {
        var text = JSONText()
        for element in self["output"]?.elements ?? [] {
            guard let item = try? Item(element), case .message(let message) = item.body else { continue }
            for part in message.content { if let more = part.text { text.append(more) } }
        }
        return text.isEmpty ? nil : text
    }
}
