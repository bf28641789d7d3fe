import ResponsesAPI
import ResponsesEngine

/// The part of the list of models that is asked for, as Anthropic's clients do (anthropic-messages 7). Others ask for none and get all.
struct ModelsPage: Sendable {
    private let limit: Int?
    private let after: String?
    private let before: String?

    /// - Throws: `APIError` naming the field.
    init(_ query: RequestQuery) throws(APIError) {
        limit = try query.int("limit", in: 1...1000)
        // SDKs leave an empty one in the query of a first page.
        after = query.text("after_id").flatMap { $0.isEmpty ? nil : $0 }
        before = query.text("before_id").flatMap { $0.isEmpty ? nil : $0 }
        if after != nil, before != nil { throw .wrongValue("before_id", "send it or 'after_id', not both.") }
    }

    /// - Returns: the models in the list's order, and whether there are more in the direction that is asked for.
    /// - Throws: `APIError` for an id that is not in the list.
    func part(of models: [EngineModel]) throws(APIError) -> (models: [EngineModel], hasMore: Bool) {
        let limit = limit ?? models.count
        if let before {
            let rest = models[..<(try Self.place(of: before, in: models, "before_id"))]
            return (Array(rest.suffix(limit)), rest.count > limit)
        }
        let start = try after.map { (id) throws(APIError) in try Self.place(of: id, in: models, "after_id") + 1 } ?? 0
        let rest = models[start...]
        return (Array(rest.prefix(limit)), rest.count > limit)
    }

    private static func place(of id: String, in models: [EngineModel], _ field: String) throws(APIError) -> Int {
        guard let place = models.firstIndex(where: { $0.id == id }) else {
            throw .wrongValue(field, "no model of the list has this id. Ask for the list without it.")
        }
        return place
    }
}
