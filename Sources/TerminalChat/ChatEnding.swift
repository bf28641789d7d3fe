/// How a chat ended.
package enum ChatEnding: Hashable, Sendable {
    /// One question: it was answered, its turn failed, or the user cancelled it.
    case answered, failed, cancelled
    /// A conversation: the user left it.
    case left
    /// A conversation: the program was asked to end by this signal.
    case signal(Int32)
}
