/// How far the responses were looked through, in the order of their last use: many old ones stay for what continues them,
/// and are not looked at again with every step.
struct Sweep {
    var usedAt = -1
    var key = 0
    /// Whether there was nothing behind it.
    var isAtEnd = false
}
