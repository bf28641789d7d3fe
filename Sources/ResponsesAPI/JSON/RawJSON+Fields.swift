extension RawJSON {
    /// A member that is a string; nil when absent or null.
    func word(_ field: String) throws(APIError) -> String? {
        guard let value = self[field], !value.isNull else { return nil }
        guard let word = value.stringValue else { throw .wrongType(field, expected: "a string") }
        return word
    }
}
