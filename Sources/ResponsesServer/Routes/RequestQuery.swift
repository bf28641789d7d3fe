import Hummingbird
import ResponsesAPI
import ResponsesStore

/// A request's query, read field by field: what is wrong is an error that names the field. What is not known is passed over.
struct RequestQuery: Sendable {
    private let pairs: [(name: String, value: String)]

    init(_ request: Request) { self.init(request.uri.query ?? "") }

    /// - Parameter text: behind the question mark, as it came.
    init(_ text: String) {
        pairs = text.split(separator: "&").map { pair in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (Self.decoded(parts[0]), parts.count > 1 ? Self.decoded(parts[1]) : "")
        }
    }

    private static func decoded(_ text: Substring) -> String {
        let spaced = String(text.map { $0 == "+" ? " " : $0 })
        return PercentEncoding.decode(spaced) ?? spaced
    }

    /// The last value counts, as with a JSON object's members.
    private func value(_ name: String) -> String? { pairs.last { $0.name == name }?.value }

    /// Every value of a list, which SDKs send as `include[]=a&include[]=b` (responses-api 1).
    private func list(_ name: String) -> [String] {
        pairs.filter { $0.name == name || $0.name == "\(name)[]" }.map(\.value)
    }

    func text(_ name: String) -> String? { value(name) }

    func bool(_ name: String) throws(APIError) -> Bool? {
        switch value(name) {
        case nil: return nil
        case "true": return true
        case "false": return false
        default: throw .wrongValue(name, "supported are 'true' and 'false'.")
        }
    }

    /// A whole number from `range`.
    func int(_ name: String, in range: ClosedRange<Int>) throws(APIError) -> Int? {
        guard let value = value(name) else { return nil }
        guard let number = Int(value), range.contains(number) else {
            throw .wrongValue(
                name,
                range.upperBound == .max
                    ? "it must be a whole number, at least \(range.lowerBound)."
                    : "it must be a whole number between \(range.lowerBound) and \(range.upperBound).")
        }
        return number
    }

    /// What `include` may name (responses-api 8). What is kept is shown in any case.
    private static let included: Set<String> = [
        "file_search_call.results", "web_search_call.results", "web_search_call.action.sources",
        "message.input_image.image_url", "computer_call_output.output.image_url", "code_interpreter_call.outputs",
        "reasoning.encrypted_content", "message.output_text.logprobs",
    ]

    func include() throws(APIError) -> [String] {
        let names = list("include")
        for name in names where !Self.included.contains(name) {
            throw .wrongValue("include", "'\(name.prefix(64))' is not known. Supported are \(Self.included.sorted().joined(separator: ", ")).")
        }
        return names
    }

    /// The part of a list that is asked for (responses-api 1).
    func page() throws(APIError) -> Page {
        _ = try include()
        let order: Page.Order
        switch value("order") {
        case nil, "desc": order = .descending
        case "asc": order = .ascending
        default: throw .wrongValue("order", "supported are 'asc' and 'desc'.")
        }
        let limit = try int("limit", in: Page.limits)
        return Page(order: order, after: cursor("after"), before: cursor("before"), limit: limit ?? Page.limitWhenNotSaid)
    }

    /// SDKs leave an empty one in the query of a first page.
    private func cursor(_ name: String) -> String? { value(name).flatMap { $0.isEmpty ? nil : $0 } }
}
