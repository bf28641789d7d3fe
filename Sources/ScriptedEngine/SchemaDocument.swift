import ResponsesAPI

/// A document's values by the references to them, each looked up once.
final class SchemaDocument {
    private let root: RawJSON
    private var found: [String: RawJSON?] = [:]
    /// How many bytes were searched.
    private var searched = 0

    /// Each reference is a search: a large document of references would be searched for hours.
    private static let searchedMax = 16 << 20

    init(_ root: RawJSON) { self.root = root }

    /// What a reference within the document points at (RFC 6901); nil for any other.
    func value(at reference: String) -> RawJSON? {
        if let known = found[reference] { return known }
        let value = resolve(reference)
        found[reference] = .some(value)
        return value
    }

    private func resolve(_ reference: String) -> RawJSON? {
        guard reference.hasPrefix("#") else { return nil }
        var value: RawJSON? = root
        for step in reference.dropFirst().split(separator: "/") {
            searched += value?.bytes.count ?? 0
            guard searched <= Self.searchedMax else { return nil }
            let name = Self.unescaped(step)
            if let array = value, array.isArray {
                let elements = array.elements
                value = Int(name).flatMap { elements.indices.contains($0) ? elements[$0] : nil }
            } else {
                value = value?[name]
            }
        }
        return value
    }

    /// `~1` stands for a slash and `~0` for a tilde (RFC 6901 section 4).
    private static func unescaped(_ step: Substring) -> String {
        var text = ""
        var index = step.startIndex
        while index < step.endIndex {
            let next = step.index(after: index)
            if step[index] == "~", next < step.endIndex, step[next] == "0" || step[next] == "1" {
                text.append(step[next] == "0" ? "~" : "/")
                index = step.index(after: next)
            } else {
                text.append(step[index])
                index = next
            }
        }
        return text
    }
}
