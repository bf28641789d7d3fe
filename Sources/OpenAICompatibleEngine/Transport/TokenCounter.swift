import NIOCore
import ResponsesAPI
import ResponsesEngine

/// Counts the tokens of a request by the endpoints that an engine has for it beside the shared API.
struct TokenCounter {
    private let transport: EngineTransport
    private let address: EngineAddress
    /// A prompt that an engine wrote down, and its tokens as numbers: of a million tokens some ten megabytes.
    private static let bytesMax = 32 << 20

    init(_ transport: EngineTransport, _ address: EngineAddress) {
        self.transport = transport
        self.address = address
    }

    /// - Parameter body: of the Chat Completions request.
    func count(_ body: [ByteBuffer], _ form: EngineProfile.TokenCounting) async throws(EngineError) -> TokenCount {
        switch form {
        case .none: return .unsupported(reason: "this engine has no endpoint that counts tokens")
        case .vllm: return try await tokens(of: body)
        case .llamaCpp:
            guard let written = try await answer(body, "/apply-template") else { return Self.missing }
            guard let prompt = written["prompt"], prompt.isString else { return Self.unreadable }
            var json = JSONWriter()
            json.beginObject()
            json.key("content")
            json.value(prompt)
            json.key("add_special")
            json.value(true)
            json.key("parse_special")
            json.value(true)
            json.endObject()
            return try await tokens(of: [ByteBuffer(bytes: json.bytes)])
        }
    }

    private func tokens(of body: [ByteBuffer]) async throws(EngineError) -> TokenCount {
        guard let answer = try await answer(body, "/tokenize") else { return Self.missing }
        if let count = answer["count"]?.intValue { return .counted(count) }
        guard let tokens = answer["tokens"], tokens.isArray else { return Self.unreadable }
        return .counted(tokens.elementCount)
    }

    /// nil when the engine has no such endpoint.
    private func answer(_ body: [ByteBuffer], _ path: String) async throws(EngineError) -> RawJSON? {
        do throws(EngineError) {
            return try RawJSON.read(try await transport.post(body, to: address.root + path + address.queryPart, bytesMax: Self.bytesMax))
        } catch {
            if let status = error.httpStatus, [404, 405, 501].contains(status) { return nil }
            throw error
        }
    }

    private static let missing = TokenCount.unsupported(reason: "this engine has no endpoint that counts tokens")
    private static let unreadable = TokenCount.unsupported(reason: "the engine's count of tokens could not be read")
}

extension RawJSON {
    fileprivate static func read(_ bytes: [UInt8]) throws(EngineError) -> RawJSON {
        do throws(JSONError) {
            return try RawJSON(parsing: bytes)
        } catch {
            throw EngineError(.failed, "The engine's count of tokens is not JSON. Try again.", detail: "\(error)")
        }
    }

    /// How many elements this array has; they are not kept.
    fileprivate var elementCount: Int {
        let count = try? bytes.scanned { (scanner) throws(JSONError) in
            var count = 0
            try scanner.beginArray()
            while try scanner.nextElement() {
                try scanner.skipValue()
                count += 1
            }
            return count
        }
        return count ?? 0
    }
}
