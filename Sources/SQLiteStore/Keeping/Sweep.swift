/// How far the responses were looked through, in the order of their last use: many old ones stay for what continues them,
/// and are not looked at again with every step.
struct Sweep {
    var usedAt = -1
    var key = 0
    /// A row whose chain is on its way out: one step took only a part of it.
    var continued: Int?
    /// Whether there was nothing behind it.
    var isAtEnd = false
}
