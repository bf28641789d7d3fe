import LibC

/// The terminal while no question is open: what is typed ahead waits, and is not shown in the middle of an answer.
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

    /// Discards what was typed before a question was shown: it cannot be meant as its answer.
    func discardTypeAhead() {
        if original != nil { tcflush(STDIN_FILENO, TCIFLUSH) }
    }
}
