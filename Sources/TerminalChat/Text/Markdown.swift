/// The part of Markdown that answers use, shown while it streams: headings, lists, code blocks, `code` and
/// **bold**. Everything else is left as it was written, and a mark that is never closed ends with its line.
struct Markdown: Sendable {
    private(set) var wrapper: Wrapper
    private let base: Style
    private var head: [Unicode.Scalar] = []
    private var line = Line.head
    private var fence: Fence?
    private var isBold = false
    private var isCode = false
    private var isHeading = false
    /// A run of `*` or of backticks whose meaning depends on what follows.
    private var marks: [Unicode.Scalar] = []
    private var previous: Unicode.Scalar = " "

    private enum Line { case head, text, verbatim }
    private struct Fence { var mark: Unicode.Scalar; var count: Int }

    init(_ wrapper: Wrapper, base: Style = .plain) {
        self.wrapper = wrapper
        self.base = base
    }

    var width: Int {
        get { wrapper.width }
        set { wrapper.width = newValue }
    }

    mutating func take() -> String { wrapper.take() }

    mutating func write(_ text: String) {
        for scalar in text.unicodeScalars { write(scalar) }
    }

    /// The text is over: writes what was held. The next text starts from the beginning.
    mutating func end() {
        if line == .head { decide(atEnd: true) }
        settleMarks(before: " ")
        wrapper.startLine()
        beginLine()
        fence = nil
    }

    private mutating func write(_ scalar: Unicode.Scalar) {
        switch line {
        case _ where scalar == "\n":
            if line == .head { decide(atEnd: true) }
            settleMarks(before: scalar)
            wrapper.endLine()
            beginLine()
        case .head:
            head.append(scalar)
            decide(atEnd: false)
        case .text: writeInline(scalar)
        case .verbatim: wrapper.writeVerbatim(scalar, fence == nil ? base : codeStyle)
        }
    }

    private mutating func beginLine() {
        line = .head
        head = []
        wrapper.indent = 0
        (isBold, isCode, isHeading) = (false, false, false)
        marks = []
        previous = " "
    }

    // MARK: What a line is

    private static var headScalarsMax: Int { 200 }

    private mutating func decide(atEnd: Bool) {
        let kind = fence.map { LineHead.inFence(head, mark: $0.mark, count: $0.count, atEnd: atEnd) }
            ?? LineHead.of(head, atEnd: atEnd || head.count > Self.headScalarsMax)
        let text = head
        switch kind {
        case .undecided: return
        case .text: begin(.text, with: text)
        case .code: begin(.verbatim, with: text)
        case .heading(let marks):
            isHeading = true
            begin(.text, with: text[marks...])
        case .bullet(let indent):
            wrapper.write(String(repeating: " ", count: indent) + "• ", base)
            wrapper.indent = indent + 2
            begin(.text, with: [])
        case .numbered(let width):
            wrapper.indent = width
            begin(.text, with: text)
        case .fenceOpened(let mark, let count):
            fence = Fence(mark: mark, count: count)
            writeFence(text)
        case .fenceClosed:
            fence = nil
            writeFence(text)
        }
    }

    private mutating func begin(_ line: Line, with text: some Sequence<Unicode.Scalar>) {
        self.line = line
        head = []
        for scalar in text { write(scalar) }
    }

    private mutating func writeFence(_ text: [Unicode.Scalar]) {
        line = .verbatim
        for scalar in text { wrapper.writeVerbatim(scalar, .dim) }
    }

    // MARK: Within a line

    private var codeStyle: Style {
        var style = base
        style.colour = .cyan
        return style
    }

    private var style: Style {
        if isCode { return codeStyle }
        var style = base
        style.isBold = isBold || isHeading
        return style
    }

    private mutating func writeInline(_ scalar: Unicode.Scalar) {
        if scalar == "*" && !isCode || scalar == "`" {
            if let mark = marks.first, mark != scalar { settleMarks(before: scalar) }
            marks.append(scalar)
            return
        }
        settleMarks(before: scalar)
        put(scalar)
    }

    private mutating func put(_ scalar: Unicode.Scalar) {
        wrapper.write(scalar, style)
        previous = scalar
    }

    private mutating func settleMarks(before next: Unicode.Scalar) {
        guard let mark = marks.first else { return }
        let count = marks.count
        marks = []
        let opensHere = !Self.isLetter(previous) && !next.properties.isWhitespace
        let closesHere = !previous.properties.isWhitespace
        if mark == "`" {
            if isCode ? true : opensHere { return isCode.toggle() }
        } else if count == 2 || count == 3 {
            if isBold ? closesHere : opensHere { return isBold.toggle() }
        }
        for _ in 0..<count { put(mark) }
    }

    private static func isLetter(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.isAlphabetic || scalar.properties.numericType != nil
    }
}
