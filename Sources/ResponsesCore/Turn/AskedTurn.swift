import ResponsesAPI

/// What a client asked for with a create. Behind a pointer, as it is moved about until its turn comes.
indirect enum AskedTurn: Sendable {
    /// The request, or why it is wrong: said in the lane's order, as it is a turn of the lane that fails.
    case read(Result<CreateRequest, APIError>)
    /// The message as it came. A turn that waits holds its bytes once, and is read when its turn comes.
    case unread([UInt8], KnownTools)
}
