import HTTPTypes
import Hummingbird
import NIOCore
import ResponsesAPI
import ResponsesCore
import ResponsesEngine
import ServiceLifecycle

/// `GET /v1/models` and `/v1/models/{id}`; also the answer to "is the engine there".
struct ModelsRoute: Sendable {
    private let engines: any EngineDirectory
    private let observer: ServerObserver
    private let keys: APIKeys
    private let question: ModelsQuestion
    private let lite: CodexLite

    /// - Parameter ageMax: how old the engine's list may be.
    init(services: ServerServices, ageMax: Duration, lite: CodexLite) {
        self.lite = lite
        let (engines, observer) = (services.engines, services.observer)
        self.engines = engines
        self.observer = observer
        keys = services.keys
        question = ModelsQuestion(ageMax: ageMax, now: { ConnectionDriver.now().uptime }) {
            // An engine that does not answer holds no shutdown up.
            let answer = await cancelWhenGracefulShutdown { () async -> Result<[EngineModel], EngineError> in
                do throws(EngineError) { return .success(try await engines.models()) } catch { return .failure(error) }
            }
            switch answer {
            // Of several, the answer of one says nothing of the others.
            case .success where engines.engineIDs.count > 1: break
            case .success: for id in engines.engineIDs { observer.engineEnded(id.rawValue, nil) }
            case .failure(let error): for id in engines.engineIDs { observer.engineEnded(id.rawValue, error) }
            }
            return answer
        }
    }

    /// With `client_version` in the query, as Codex asks, the answer has Codex's catalog as well.
    func list(_ request: Request, _ context: HotlineRequestContext) async throws -> Response {
        let isCodex = request.uri.queryParameters["client_version"] != nil
        let isLite = lite.holds(isLoopback: context.channel.remoteAddress?.isLoopback ?? true)
        let page = try ModelsPage(RequestQuery(request))
        let (part, hasMore) = try page.part(of: try await models(context))
        let answer = ModelsAnswer(part, hasMore: hasMore, lite: isCodex ? isLite : nil)
        let tag: HTTPFields = [.eTag: answer.tag]
        if answer.isKnown(by: request.headers[.ifNoneMatch]) { return Response(status: .notModified, headers: tag) }
        var response = Response(json: answer.json)
        response.headers.append(contentsOf: tag)
        return response
    }

    func one(_ request: Request, _ context: HotlineRequestContext) async throws -> Response {
        // Names of models may hold slashes, which clients encode or do not.
        let name = context.parameters.getCatchAll().joined(separator: "/")
        let id = PercentEncoding.decode(name) ?? name
        let models = try await models(context)
        guard let model = models.first(where: { $0.id == id }) else {
            throw APIError.modelNotFound(id, offered: models.map(\.id))
        }
        var json = JSONWriter()
        model.write(to: &json)
        return Response(json: json.bytes)
    }

    /// Ready means: a turn sent now would find its engine.
    func ready(_ request: Request, _ context: HotlineRequestContext) async -> Response {
        do {
            _ = try await question.answer()
            return Response(json: Array(#"{"status":"ready"}"#.utf8))
        } catch {
            var json = JSONWriter()
            json.beginObject()
            json.key("status")
            json.value("engine unavailable")
            json.key("message")
            json.value(error.message)
            json.endObject()
            return Response(json: json.bytes, status: .serviceUnavailable)
        }
    }

    /// The models that this key may ask for.
    private func models(_ context: HotlineRequestContext) async throws(APIError) -> [EngineModel] {
        do throws(EngineError) {
            let rights = keys.rights(of: context.identity.owner)
            return try await question.answer().filter { rights.allows($0.id) }
        } catch {
            observer.log.engineFailed(
                error, LogIDs(request: context.identity.requestID, owner: context.identity.owner.digest), engine: engines.names)
            throw error.apiError
        }
    }
}

extension SocketAddress {
    /// Whether it is of this machine: IPv4, IPv6, IPv4 within IPv6, or a socket that is a file.
    fileprivate var isLoopback: Bool {
        guard let address = ipAddress else { return true }
        let mapped = "::ffff:"
        return LoopbackName.contains(address.hasPrefix(mapped) ? String(address.dropFirst(mapped.count)) : address)
    }
}
