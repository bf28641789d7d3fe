/// What the tries of a turn so far mean for its next one.
struct TurnTries {
    /// The parent must no longer be named: the server does not know it, or a try that named it may have run.
    var sendsFull = false
    /// Goes over HTTP whatever the line does: the message is too long for the socket.
    var needsHTTP = false
    /// Whether it was sent again after a connection broke, which happens once. After a lost parent it is sent in full, so it
    /// cannot lose one again.
    var wasResentAfterDrop = false
    /// How often it was moved off a connection that takes no more turns.
    var moves = 0
    /// How often it was refused for now.
    var retries = 0
    /// How it was sent last, and how often; nil until then.
    var delivery: Delivery?
}
