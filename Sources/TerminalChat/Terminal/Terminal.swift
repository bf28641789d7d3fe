import LibC

/// What the program's standard input, output and error are connected to.
package struct Terminal: Sendable {
    var inputIsTerminal: Bool
    var outputIsTerminal: Bool
    var errorIsTerminal: Bool
    /// Neither `NO_COLOR` (no-color.org) nor a terminal that knows no sequences.
    var allowsColours: Bool

    package static func current(environment: (String) -> String?) -> Terminal {
        let isDumb = environment("TERM").map { $0 == "dumb" || $0.isEmpty } ?? true
        return Terminal(
            inputIsTerminal: isatty(STDIN_FILENO) == 1, outputIsTerminal: isatty(STDOUT_FILENO) == 1,
            errorIsTerminal: isatty(STDERR_FILENO) == 1,
            allowsColours: !isDumb && (environment("NO_COLOR") ?? "").isEmpty)
    }

    /// A user is at the terminal: lines can be edited, and calls approved.
    var isInteractive: Bool { inputIsTerminal && outputIsTerminal }

    var palette: Palette { outputIsTerminal && allowsColours ? .full : .plain }

    /// Columns, 20 at least; 80 when nothing is known.
    static var columns: Int {
        var size = winsize()
        for descriptor in [STDOUT_FILENO, STDERR_FILENO] {
            if ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 { return max(Int(size.ws_col), 20) }
        }
        return 80
    }
}
