#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// The terminal while nobody is asked anything: what is typed ahead waits, and is not shown amid an answer.
struct QuietInput: Sendable {
    private let original: termios?

    /// Remembers how the terminal is set.
    init(isTerminal: Bool) {
        var settings = termios()
        original = isTerminal && tcgetattr(STDIN_FILENO, &settings) == 0 ? settings : nil
    }

    func begin() {
        guard var settings = original else { return }
        settings.c_lflag &= ~tcflag_t(ECHO)
        tcsetattr(STDIN_FILENO, TCSADRAIN, &settings)
    }

    func end() {
        guard var settings = original else { return }
        tcsetattr(STDIN_FILENO, TCSADRAIN, &settings)
    }

    /// Forgets what was typed before a question was shown: it cannot be the answer to it.
    func discardTypeAhead() {
        if original != nil { tcflush(STDIN_FILENO, TCIFLUSH) }
    }
}
