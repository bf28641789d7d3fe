import Crypto
import ResponsesAPI
import ResponsesEngine

/// The answer of `GET /v1/models`: one list for the clients of OpenAI and of Anthropic, whose fields do not collide, and beside it Codex's
/// catalog where that was asked for (anthropic-messages 7).
struct ModelsAnswer {
    let models: [EngineModel]
    /// Whether the list goes on.
    let hasMore: Bool
    /// Codex's entries; nil for clients that are not Codex, whose answer stays small.
    let catalog: [CodexModel]?

    /// - Parameter lite: nil for no catalog; else whether Codex is to send its tools once.
    init(_ models: [EngineModel], hasMore: Bool = false, lite: Bool?) {
        self.models = models
        self.hasMore = hasMore
        catalog = lite.map { lite in models.enumerated().map { CodexModel($1, place: $0, isLite: lite) } }
    }

    var json: [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.key("object")
        json.value("list")
        json.key("has_more")
        json.value(hasMore)
        json.key("first_id")
        json.value(models.first?.id)
        json.key("last_id")
        json.value(models.last?.id)
        json.key("data")
        json.beginArray()
        for model in models { model.write(to: &json) }
        json.endArray()
        if let catalog {
            json.key("models")
            json.beginArray()
            for model in catalog { model.write(to: &json) }
            json.endArray()
        }
        json.endObject()
        return json.bytes
    }

    /// Its entity tag (RFC 9110 section 8.8.3): weak, as some engines give the time of the question for a model's age, which does
    /// not count here.
    var tag: String {
        var ageless = self.models
        for index in ageless.indices { ageless[index].created = 0 }
        let hash = SHA256.hash(data: Self(ageless, hasMore: hasMore, lite: catalog.map { $0.first?.isLite ?? false }).json)
        let digits = hash.prefix(8).map { byte in
            let digits = String(byte, radix: 16)
            return byte < 16 ? "0" + digits : digits
        }
        return "W/\"\(digits.joined())\""
    }

    /// Whether a client that sends this `If-None-Match` has this answer (RFC 9110 section 13.1.2): opaque parts are compared.
    func isKnown(by ifNoneMatch: String?) -> Bool {
        guard let ifNoneMatch else { return false }
        let own = tag.drop { $0 != "\"" }
        return ifNoneMatch.split(separator: ",").contains { part in
            let part = part.drop { $0 == " " || $0 == "\t" }
            let end = part.lastIndex { $0 != " " && $0 != "\t" }
            let text = end.map { part[...$0] } ?? part
            return text == "*" || (text.hasPrefix("W/") ? text.dropFirst(2) : text) == own
        }
    }
}

extension EngineModel {
    func write(to json: inout JSONWriter) {
        json.beginObject()
        json.key("id")
        json.value(id)
        json.key("object")
        json.value("model")
        json.key("created")
        json.value(created)
        json.key("owned_by")
        json.value(ownedBy)
        json.key("type")
        json.value("model")
        json.key("display_name")
        json.value(id)
        json.key("created_at")
        json.value(RFC3339Date.text(at: created))
        json.key("lifecycle")
        json.value("active")
        json.member("max_input_tokens", ifSet: contextTokens)
        json.member("max_tokens", ifSet: outputTokens)
        // As OpenRouter and LM Studio spell it, as vLLM does, and as Groq does: clients look for one of them.
        for name: StaticString in ["context_length", "max_model_len", "context_window"] { json.member(name, ifSet: contextTokens) }
        json.endObject()
    }
}
