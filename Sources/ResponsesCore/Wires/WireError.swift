/// An error as a wire says it.
package struct WireError: Sendable {
    package var status: Int
    /// Lower-case names.
    package var headers: [(name: String, value: String)]
    /// JSON.
    package var body: [UInt8]

    package init(status: Int, headers: [(name: String, value: String)] = [], body: [UInt8]) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}
