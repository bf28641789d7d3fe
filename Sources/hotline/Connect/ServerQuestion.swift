import ResponsesAPI
import ResponsesClient
import TerminalChat

/// A running server, and what it says of its models.
struct ServerQuestion: Sendable {
    static let variable = "HOTLINE_SERVER"

    /// Its base URL, with `/v1` and without a slash at its end.
    let baseURL: String
    let key: String?
    /// Whether a person named it, or it is the usual place.
    let isNamed: Bool

    /// - Parameter server: as it was given by a flag.
    /// - Throws: `Failure` for an address that is none.
    init(server: String?, environment: (String) -> String?) throws(Failure) {
        let named = Self.address(server, environment: environment)
        isNamed = named != nil
        do throws(ClientError) {
            baseURL = try ServerAddress(named ?? ChatOptions.defaultURL).base
        } catch {
            throw .badSetting("--server: \(error.message)", "Name it as http://HOST:PORT, or leave it out for the usual place.")
        }
        key = Self.key(nil, environment: environment)
    }

    /// The server as it was given, or as the variable names it.
    static func address(_ given: String?, environment: (String) -> String?) -> String? {
        [given, environment(variable)].compactMap(\.self).first { !$0.isEmpty }
    }

    /// The key as it was given, or in the first variable that has one.
    static func key(_ given: String?, environment: (String) -> String?) -> String? {
        [given, environment(ClientGuide.keyVariable), environment("HOTLINE_KEY")].compactMap(\.self).first { !$0.isEmpty }
    }

    /// For a server in this process.
    init(baseURL: String, key: String?) {
        (self.baseURL, self.key, isNamed) = (baseURL, key, true)
    }

    private var client: ResponsesClient {
        get throws { try ResponsesClient(.init(url: baseURL, key: key)) }
    }

    /// What is listed; nil when nothing listens there.
    ///
    /// - Throws: `Failure` when something else is wrong.
    func models() async throws -> [ListedModel]? {
        do {
            return try await client.listedModels()
        } catch let error as ClientError where error.code == .unreachable {
            return nil
        } catch let error as APIError where error.status == 401 {
            throw Failure(
                message: "the server at \(baseURL) refuses the key: \(error.message)",
                wayOut: "Set \(ClientGuide.keyVariable) to one of the server's keys.", code: 77)
        } catch {
            let words = (error as? APIError)?.message ?? (error as? ClientError)?.message ?? String(describing: error)
            throw Failure(
                message: "the server at \(baseURL) lists no models: \(words)",
                wayOut: "Check that --server or \(Self.variable) names a Hotline server, and that its engine answers.", code: 69)
        }
    }

    /// Whether the server speaks a protocol.
    func serves(_ wire: SpokenProtocol) async throws -> Bool { try await client.serves(wire.rawValue) }

    /// The model by its name, or the first that is listed.
    ///
    /// - Throws: `Failure` for a name that is not listed, and when nothing is listed and none is named.
    func choose(_ name: String?, of listed: [ListedModel]) throws(Failure) -> ServedModel {
        if let model = listed.first(where: { name == nil || $0.name == name }) {
            return ServedModel(
                baseURL: baseURL, name: model.name, contextTokens: model.contextTokens, outputTokensMax: model.outputTokens)
        }
        guard let name else {
            throw Failure(message: "the server at \(baseURL) lists no models", wayOut: "Name one with --model.", code: 69)
        }
        // An engine that lists nothing judges names itself.
        if listed.isEmpty { return ServedModel(baseURL: baseURL, name: name) }
        let names = listed.prefix(8).map { "'\($0.name)'" }.joined(separator: ", ")
        let more = listed.count > 8 ? " and \(listed.count - 8) more" : ""
        throw Failure(
            message: "the server at \(baseURL) has no model '\(name)'", wayOut: "It has \(names)\(more): name one of them with --model.",
            code: 64)
    }
}
