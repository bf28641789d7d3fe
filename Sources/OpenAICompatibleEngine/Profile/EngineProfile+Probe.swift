public import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import ResponsesAPI

extension EngineProfile {
    /// The profile of the engine at an address: by the host for hosted APIs, by what it answers for others.
    ///
    /// Local engines have endpoints of their own beside the shared API. All are asked at one time; an engine that does
    /// not answer any of them within `timeout` is `generic`.
    ///
    /// - Parameters:
    ///   - key: sent as the engine's bearer token, as some want it on every path.
    ///   - headers: sent with each request.
    public static func detected(
        at address: EngineAddress, key: String? = nil, headers: [(name: String, value: String)] = [],
        timeout: Duration = .seconds(1), httpClient: HTTPClient = .shared
    ) async -> EngineProfile {
        if let profile = hosted(at: address) { return profile }
        let answers = await withTaskGroup(of: (Int, Bool).self) { group in
            for (index, sign) in signs.enumerated() {
                group.addTask {
                    let body = await answer(address.root + sign.path, key, headers, timeout, httpClient)
                    return (index, body.map(sign.isSeen) ?? false)
                }
            }
            var seen: Set<Int> = []
            for await (index, isSeen) in group where isSeen { seen.insert(index) }
            return seen
        }
        // Engines imitate others' endpoints: the first sign counts.
        return answers.min().flatMap { EngineProfile(named: signs[$0].preset) } ?? EngineProfile()
    }

    private struct Sign: Sendable {
        let preset: String
        let path: String
        /// Whether the answer is this engine's: LM Studio answers 200 on any path.
        let isSeen: @Sendable (RawJSON) -> Bool
    }

    private static let signs = [
        // With no model there is nothing to know it by, and nothing to ask for.
        Sign(preset: "lmstudio", path: "/api/v0/models") { answer in
            answer["data"]?.elements.contains { $0["state"] != nil || $0["publisher"] != nil } ?? false
        },
        Sign(preset: "sglang", path: "/get_server_info") { $0["version"] != nil || $0["model_path"] != nil },
        Sign(preset: "sglang", path: "/server_info") { $0["version"] != nil || $0["model_path"] != nil },
        Sign(preset: "llama.cpp", path: "/props") { $0["default_generation_settings"] != nil || $0["chat_template"] != nil || $0["role"] != nil },
        Sign(preset: "ollama", path: "/api/version") { $0["version"]?.isString ?? false },
        Sign(preset: "vllm", path: "/version") { $0["version"]?.isString ?? false },
    ]

    /// llama.cpp's properties hold its template.
    private static let bytesMax = 1 << 20

    private static func answer(
        _ url: String, _ key: String?, _ headers: [(name: String, value: String)], _ timeout: Duration, _ client: HTTPClient
    ) async -> RawJSON? {
        var request = HTTPClientRequest(url: url)
        if let key { request.headers.add(key: key, as: nil) }
        for (name, value) in headers { request.headers.replaceOrAdd(name: name, value: value) }
        let sent = request
        let body = await within(timeout) { () -> [UInt8]? in
            guard let response = try? await client.execute(sent, timeout: TimeAmount(timeout)), response.status == .ok,
                let body = try? await response.body.collect(upTo: bytesMax)
            else { return nil }
            return Array(body.readableBytesView)
        }
        return (body ?? nil).flatMap { try? RawJSON(parsing: $0) }
    }
}
