public import AsyncHTTPClient
import NIOCore
import NIOHTTP1
public import ResponsesEngine

/// Looks for engines on the usual ports of this machine.
///
///     for found in await EngineProbe.find(timeout: .milliseconds(300)) { print(found.name, found.address.base) }
public enum EngineProbe {
    public struct Place: Sendable, Hashable {
        public var name: String
        public var port: Int

        public init(name: String, port: Int) {
            self.name = name
            self.port = port
        }
    }

    public struct Found: Sendable {
        /// What listens: the owner that the models name, or else what the port is known for.
        public var name: String
        public var address: EngineAddress
        public var models: [EngineModel]
    }

    public static let usualPlaces = [
        Place(name: "llama.cpp", port: 8080), Place(name: "Ollama", port: 11434), Place(name: "vLLM", port: 8000),
        Place(name: "LM Studio", port: 1234), Place(name: "SGLang", port: 30000),
    ]

    private static let bytesMax = 4 << 20

    /// Asks all places at one time for their models; what does not answer with a list within `timeout` is not found.
    ///
    /// - Returns: what was found, in the order of `places`.
    public static func find(
        timeout: Duration = .milliseconds(300), places: [Place] = usualPlaces, httpClient: HTTPClient = .shared
    ) async -> [Found] {
        await withTaskGroup(of: (Int, Found?).self) { group in
            for (index, place) in places.enumerated() {
                group.addTask { (index, await probe(place, timeout, httpClient)) }
            }
            var found: [(Int, Found)] = []
            for await case (let index, let one?) in group { found.append((index, one)) }
            return found.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }

    /// Whether the engine says that it is well, which it does when its model is loaded.
    public static func isWell(
        at address: EngineAddress, timeout: Duration = .seconds(2), httpClient: HTTPClient = .shared
    ) async -> Bool {
        let request = HTTPClientRequest(url: address.root + "/health")
        let isWell = await within(timeout) { () -> Bool in
            guard let response = try? await httpClient.execute(request, timeout: TimeAmount(timeout)) else { return false }
            return response.status == .ok
        }
        return isWell ?? false
    }

    private static func probe(_ place: Place, _ timeout: Duration, _ client: HTTPClient) async -> Found? {
        guard let address = try? EngineAddress("http://127.0.0.1:\(place.port)") else { return nil }
        let request = HTTPClientRequest(url: address.models)
        let body = await within(timeout) { () -> [UInt8]? in
            guard let response = try? await client.execute(request, timeout: TimeAmount(timeout)), response.status == .ok,
                let body = try? await response.body.collect(upTo: bytesMax)
            else { return nil }
            return Array(body.readableBytesView)
        }
        guard let body = body ?? nil, case .list(let models, _) = ModelList.read(body) else { return nil }
        return Found(name: name(of: models) ?? place.name, address: address, models: models)
    }

    private static func name(of models: [EngineModel]) -> String? {
        switch models.first?.ownedBy {
        case "llamacpp": "llama.cpp"
        case "vllm": "vLLM"
        case "sglang": "SGLang"
        default: nil
        }
    }
}
