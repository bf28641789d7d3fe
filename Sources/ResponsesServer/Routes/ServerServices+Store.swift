import Hummingbird
import ResponsesAPI
import ResponsesCore
import ResponsesStore

extension ServerServices {
    /// What the store answers a request. The operator's log has why it failed.
    ///
    /// A store that does not answer is cancelled after the time that a shutdown has, so that a request waits no longer.
    ///
    /// - Throws: `APIError`, what the client is told of a failure.
    func fromStore<Value: Sendable>(
        _ context: HotlineRequestContext, _ call: @escaping @Sendable () async throws(StoreError) -> Value
    ) async throws(APIError) -> Value {
        do throws(StoreError) {
            return try await ask(call)
        } catch {
            throw failure(error, context)
        }
    }

    /// The same for a page of a list.
    ///
    /// - Throws: `APIError`; one that names the field when the page begins or ends at an unknown item.
    func fromStore<Value: Sendable>(
        _ context: HotlineRequestContext, at page: Page, _ call: @escaping @Sendable () async throws(StoreError) -> Value
    ) async throws(APIError) -> Value {
        do throws(StoreError) {
            return try await ask(call)
        } catch {
            if error == .unknownItem { throw .unknownItem(page) }
            throw failure(error, context)
        }
    }

    private func ask<Value: Sendable>(
        _ call: @escaping @Sendable () async throws(StoreError) -> Value
    ) async throws(StoreError) -> Value {
        // It waits for nothing.
        if immediateStore != nil { return try await call() }
        let limit = limits.shutdownGrace
        let answer = await withTaskGroup(of: Result<Value, StoreError>?.self) { tasks in
            tasks.addTask {
                do throws(StoreError) { return .success(try await call()) } catch { return .failure(error) }
            }
            tasks.addTask {
                try? await Task.sleep(for: limit)
                return nil
            }
            var answer: Result<Value, StoreError>?
            // Whichever ends first, the other is to end; the store's answer counts, also one that came too late to be stopped.
            for await ended in tasks {
                tasks.cancelAll()
                answer = answer ?? ended
            }
            return answer
        }
        guard let answer else { throw .unavailable(reason: "It gave no answer.") }
        return try answer.get()
    }

    private func failure(_ error: StoreError, _ context: HotlineRequestContext) -> APIError {
        observer.log.storeFailed(error, context.ids)
        switch error {
        case .unavailable: return .storeUnavailable
        case .full: return .noRoomInStore
        case .taken, .unknownItem:
            return APIError(
                status: 500, type: "server_error", code: .serverError,
                message: "The server failed to answer. Send the request again.")
        }
    }

    /// - Throws: when the server's store keeps no conversations.
    func conversationStore() throws(APIError) -> any ConversationStore {
        guard let conversations else {
            throw APIError(
                status: 501, type: "server_error", code: "conversations_not_supported",
                message: "This server's store keeps no conversations. Continue with 'previous_response_id', or send the items.")
        }
        return conversations
    }

    /// - Throws: when nothing is stored for this owner.
    func checkMayStore(_ owner: Owner) throws(APIError) {
        guard !keys.rights(of: owner).mayStore else { return }
        throw APIError(
            status: 403, type: "permission_error", code: "storage_not_allowed",
            message: "Nothing is stored for this key, and a conversation is stored. Send its items with each request instead.")
    }
}

extension APIError {
    fileprivate static let storeUnavailable = APIError(
        status: 503, type: "server_error", code: .serverError,
        message: "What is stored can be neither read nor changed now. Send the request again later.", retryAfterSeconds: 1)

    fileprivate static let noRoomInStore = APIError(
        status: 503, type: "server_error", code: .serverError,
        message: "This server's store has no room for that. Delete what you do not need, or send less.")

    fileprivate static func unknownItem(_ page: Page) -> APIError {
        let param = page.after == nil ? "before" : "after"
        let ids = [page.after, page.before].compactMap(\.self).map { "'\($0.prefix(128))'" }.joined(separator: " or ")
        return .wrongValue(param, "the list has no item with id \(ids). Take an id from the list.")
    }

    static func responseNotFound(_ id: ResponseID) -> APIError { notFound("Response with id '\(id.rawValue.prefix(128))' not found.") }

    static func conversationNotFound(_ id: ConversationID) -> APIError {
        notFound("Conversation with id '\(id.rawValue.prefix(128))' not found.")
    }

    static func itemNotFound(_ itemID: String, in id: ConversationID) -> APIError {
        notFound("Item with id '\(itemID.prefix(128))' not found in conversation '\(id.rawValue.prefix(128))'.")
    }

    /// Neither a code nor a field (responses-api 13).
    private static func notFound(_ message: String) -> APIError {
        APIError(status: 404, type: "invalid_request_error", code: nil, message: message)
    }

    static let conversationBusy = APIError(
        status: 409, type: "conflict_error", code: "conversation_locked",
        message: "A response is being made in this conversation. Send the request again when it has ended.", retryAfterSeconds: 1)
}
