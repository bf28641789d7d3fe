import ResponsesAPI

/// A create that came by HTTP, and how many bytes its body had.
struct ReadRequest: Sendable {
    let create: CreateRequest
    let bytes: Int
}
