#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Where an engine is: the base URL of its OpenAI-compatible API.
///
///     try EngineAddress("localhost:8080").chatCompletions   // http://localhost:8080/v1/chat/completions
///
/// Takes what people paste: with or without `http://`, `/v1`, a slash at the end or `/chat/completions`. A path that is
/// there is kept as it is, as hosted APIs have others than `/v1`; a query is kept too.
public struct EngineAddress: Sendable, Hashable {
    /// For people: the base URL without its query, which may hold a key.
    public let base: String
    public let host: String
    private let query: String

    /// - Throws: `InvalidEngineAddress` whose text says what is wrong.
    public init(_ text: String) throws(InvalidEngineAddress) {
        // Pasted out of a text or a file of settings.
        let text = text.trimmed
        let full = text.contains("://") ? text : "\(Self.scheme(of: text))://\(text)"
        guard var parts = URLComponents(string: full), let scheme = parts.scheme?.lowercased(), let host = parts.host, !host.isEmpty
        else { throw InvalidEngineAddress("it is not a URL. Write it like http://127.0.0.1:8080") }
        guard scheme == "http" || scheme == "https" else {
            throw InvalidEngineAddress("its scheme is neither http nor https. Write it like http://127.0.0.1:8080")
        }
        guard parts.user == nil, parts.password == nil else {
            throw InvalidEngineAddress("it holds a user name or a password, which belong in the engine's key")
        }
        self.host = host
        query = parts.percentEncodedQuery.map { "?\($0)" } ?? ""
        parts.percentEncodedQuery = nil
        parts.fragment = nil
        var path = parts.percentEncodedPath
        while path.hasSuffix("/") { path.removeLast() }
        for tail in Self.tails where path.hasSuffix(tail) {
            path.removeLast(tail.count)
            break
        }
        while path.hasSuffix("/") { path.removeLast() }
        parts.percentEncodedPath = path.isEmpty ? EngineHost.known(host)?.path ?? "/v1" : path
        guard let base = parts.string else { throw InvalidEngineAddress("it is not a URL. Write it like http://127.0.0.1:8080") }
        self.base = base
    }

    /// Paths of single calls, which people copy with the address: of the shared API, and of Ollama's own.
    private static let tails = [
        "/chat/completions", "/completions", "/responses", "/models", "/embeddings", "/api/chat", "/api/generate", "/api/tags", "/api/version",
    ]

    /// Hosted APIs have TLS; what is on this machine or near it has none, as a rule.
    private static func scheme(of text: String) -> String {
        let host = text.prefix { $0 != "/" && $0 != ":" && $0 != "?" }
        return EngineHost.known(String(host)) == nil ? "http" : "https"
    }

    public var chatCompletions: String { "\(base)/chat/completions\(query)" }
    public var models: String { "\(base)/models\(query)" }
    /// With its question mark; empty when there is none.
    var queryPart: String { query }
    /// Where an engine has what is not part of the shared API: the base without the API's version.
    var root: String { base.hasSuffix("/v1") ? String(base.dropLast(3)) : base }

    /// The values of the query, one of which may be a key.
    var secrets: [String] {
        query.dropFirst().split(separator: "&").compactMap { pair in
            let value = pair.split(separator: "=", maxSplits: 1).dropFirst().first.map(String.init)
            // Shorter ones are versions and switches.
            return value.flatMap { $0.utf8.count >= 12 ? $0 : nil }
        }
    }
}

extension String {
    /// Without white space and quotes around it.
    fileprivate var trimmed: String {
        let isAround = { (letter: Character) in letter.isWhitespace || "\"'`<>".contains(letter) }
        let start = drop(while: isAround)
        return String(start.reversed().drop(while: isAround).reversed())
    }
}
