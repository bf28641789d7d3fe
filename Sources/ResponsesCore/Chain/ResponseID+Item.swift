import ResponsesAPI

extension ResponseID {
    /// The response that an item is of, by the id that this server gives items: a prefix, the response's own part, and the item's
    /// place. Nil for ids of another form, which engines and clients choose.
    init?(ofItem id: String) {
        let parts = id.split(separator: "_", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[2].allSatisfy(\.isNumber), !parts[2].isEmpty, !parts[1].isEmpty else { return nil }
        self.init("resp_\(parts[1])")
    }
}
