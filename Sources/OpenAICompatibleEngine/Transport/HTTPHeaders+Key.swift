import NIOHTTP1

extension HTTPHeaders {
    /// Adds an engine's key: under the name of a header, or as a bearer token.
    mutating func add(key: String, as header: String?) {
        if let header { add(name: header, value: key) } else { add(name: "Authorization", value: "Bearer \(key)") }
    }
}
