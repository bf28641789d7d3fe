/// Turns what happens into the text of a terminal. A value: it writes nothing, and its tests are tables.
struct TurnPainter: Sendable {
    private let palette: Palette
    private var width: Int
    private var body: Markdown
    /// For reasoning, and for answers shown as they are.
    private var wrapper: Wrapper
    private let isMarkdown: Bool
    private var part = Part.none
    /// A mark on the line says that the model was asked; it is removed when something comes.
    private var isWaiting = false
    /// What happened last was the start of this call: its outcome needs no name.
    private var newestCall: String?
    /// Calls that were shown in full when their approval was asked.
    private var shown: Set<String> = []
    private var hasWritten = false

    private enum Part { case none, text, reasoning, tools }

    init(width: Int, palette: Palette, isMarkdown: Bool) {
        self.palette = palette
        self.width = width
        self.isMarkdown = isMarkdown && palette.isOn
        wrapper = Wrapper(width: width, palette: palette)
        body = Markdown(wrapper)
    }

    mutating func resize(to width: Int) {
        self.width = width
        body.width = width
        wrapper.width = width
    }

    mutating func paint(_ event: ChatEvent) -> String {
        switch event {
        case .asked: return asked()
        case .text(let text): return begin(.text) + write(text)
        case .reasoning(let text):
            let opening = begin(.reasoning)
            wrapper.write(SafeText.forReading(text), .dim)
            return opening + wrapper.take()
        case .partEnded: return endPart()
        case .toolStarted(let use):
            let opening = begin(.tools)
            newestCall = use.callID
            return opening + (shown.remove(use.callID) == nil ? toolLine(use) : "")
        case .toolFinished(let use, let output, let isError, let duration):
            return begin(.tools) + outcome(of: use, output, isError, duration)
        case .toolDenied(let use, let reason): return begin(.tools) + denial(of: use, reason)
        case .interrupted:
            return ownLine("The connection was lost. Asking again; ignore what was shown of this answer.", .coloured(.yellow))
        case .ended(let summary): return ended(summary)
        case .cancelled(let keepsPart):
            let rest = keepsPart ? "What was done so far stays in the conversation." : "The question is not part of the conversation."
            return ownLine("Cancelled. \(rest)", .coloured(.yellow))
        case .failed(let message): return ownLine("error: \(message)", .coloured(.red))
        case .note(let text): return ownLine(text, .dim)
        }
    }

    // MARK: Parts

    private mutating func asked() -> String {
        let end = endPart()
        guard palette.isOn, !isWaiting else { return end }
        isWaiting = true
        return end + palette.styled("…", .dim)
    }

    /// Removes the mark of waiting: back to the line's beginning, and erase it (ECMA-48, 8.3.41).
    private mutating func endWaiting() -> String {
        guard isWaiting else { return "" }
        isWaiting = false
        return "\r\u{1B}[K"
    }

    private mutating func begin(_ part: Part) -> String {
        let opening = endWaiting()
        guard self.part != part else { return opening }
        let end = endPart()
        self.part = part
        // An empty line between what is said and what is done.
        let gap = hasWritten ? "\n" : ""
        hasWritten = true
        return opening + end + gap
    }

    private mutating func endPart() -> String {
        switch part {
        case .text where isMarkdown:
            part = .none
            body.end()
            return body.take()
        case .text, .reasoning:
            part = .none
            wrapper.startLine()
            return wrapper.take()
        // Rounds of tools stay together.
        case .tools, .none: return ""
        }
    }

    private mutating func write(_ text: String) -> String {
        let text = SafeText.forReading(text)
        guard isMarkdown else {
            wrapper.write(text)
            return wrapper.take()
        }
        body.write(text)
        return body.take()
    }

    private mutating func ownLine(_ text: String, _ style: Style) -> String {
        let opening = endWaiting() + endPart()
        part = .none
        hasWritten = true
        return opening + wrapped(text, style)
    }

    private func wrapped(_ text: String, _ style: Style) -> String {
        var wrapper = Wrapper(width: width, palette: palette)
        wrapper.write(SafeText.forReading(text), style)
        wrapper.startLine()
        return wrapper.take()
    }

    private mutating func ended(_ summary: ChatEvent.TurnSummary) -> String {
        return (summary.early.map { ownLine($0, .coloured(.yellow)) } ?? "") + ownLine(summary.text, .dim)
    }

    // MARK: Tools

    /// Shows a call in full, for the user to decide about. The bar marks its lines as not our own.
    mutating func present(_ use: ChatEvent.ToolUse) -> String {
        let opening = begin(.tools)
        shown.insert(use.callID)
        newestCall = use.callID
        let name = SafeText.forDeciding(use.name)
        // Broken here: the terminal would put the rest where our own words begin.
        let lines = ToolText.full(use.arguments).flatMap { $0.broken(toColumns: max(width - 4, 10)) }
            .map { "  " + palette.styled("│", .dim) + " " + $0 + "\n" }
        return opening + palette.styled("●", .coloured(.cyan)) + " " + palette.styled(name, .bold) + "\n" + lines.joined()
    }

    private func toolLine(_ use: ChatEvent.ToolUse) -> String {
        let name = SafeText.onOneLine(use.name).cut(toColumns: max(width - 4, 4))
        let arguments = ToolText.short(use.arguments).cut(toColumns: max(width - DisplayWidth.of(name) - 3, 1))
        return palette.styled("●", .coloured(.cyan)) + " " + palette.styled(name, .bold) + " " + arguments + "\n"
    }

    private mutating func outcome(
        of use: ChatEvent.ToolUse, _ output: String, _ isError: Bool, _ duration: Duration
    ) -> String {
        let hasFailed = isError || ToolText.reportsFailure(output)
        let mark = hasFailed ? palette.styled("✗", .coloured(.red)) : palette.styled("✓", .coloured(.green))
        var lines = "  " + mark + " " + palette.styled(label(of: use) + Amounts.text(duration), .dim) + "\n"
        for line in ToolText.summary(output, columns: max(width - 4, 10)) {
            lines += "    " + palette.styled(line, .dim) + "\n"
        }
        return lines
    }

    private mutating func denial(of use: ChatEvent.ToolUse, _ reason: String) -> String {
        let text = "\(label(of: use))not run: \(SafeText.onOneLine(reason))".cut(toColumns: max(width - 4, 10))
        return "  " + palette.styled("✗", .coloured(.yellow)) + " " + palette.styled(text, .dim) + "\n"
    }

    /// Which call an outcome belongs to, where that is not the line above.
    private mutating func label(of use: ChatEvent.ToolUse) -> String {
        defer { newestCall = nil }
        if newestCall == use.callID { return "" }
        return "\(SafeText.onOneLine(use.name)) \(ToolText.short(use.arguments))".cut(toColumns: max(width / 2, 10)) + " · "
    }
}
