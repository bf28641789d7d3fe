import CEditLine
import LibC
import ThreadTools

/// The thread that edits lines with libedit, all of whose calls are made here.
///
/// libedit's own handling of signals is off: it may run on any thread while this one is in the middle of something.
/// Instead its letters are read by `readLetter`, which waits for the keyboard and for orders at the same time.
final class EditorThread {
    private let editor: LineEditor
    private let palette: Palette
    private let historyFile: String?
    private var library: OpaquePointer?
    private var history: OpaquePointer?
    private var question = LineEditor.Question(prompt: "")
    /// The prompt as libedit wants it; libedit keeps no copy.
    private var prompt = UnsafeMutablePointer<wchar_t>.allocate(capacity: 1)
    private var wasInterrupted = false
    private var isClosed = false
    private var bytes: [UInt8] = []
    private var pastes = PasteBook()

    private static var historyLinesMax: Int32 { 1000 }
    /// Encloses what takes no columns in a prompt.
    private static var mark: wchar_t { 1 }

    init(_ editor: LineEditor, _ palette: Palette, _ historyFile: String?) {
        self.editor = editor
        self.palette = palette
        self.historyFile = historyFile
        prompt.initialize(to: 0)
    }

    deinit { prompt.deallocate() }

    func run() {
        open()
        while !isClosed, let next = awaitQuestion() {
            question = next
            let line = edit()
            editor.answer(line)
        }
        close()
        editor.threadEnded()
    }

    // MARK: Opening and closing

    private func open() {
        library = editline_open("hotline", Unmanaged.passUnretained(self).toOpaque())
        guard let library else { return }
        editline_set_prompt(library, { EditorThread.of($0).prompt }, Self.mark)
        editline_set_reader(library, { EditorThread.of($0).readLetter($1) })
        history = editline_history(library, Self.historyLinesMax)
        if let historyFile { _ = editline_load(history, historyFile) }
        // The user's own bindings, then the ones we need.
        el_source(library, nil)
        wide("hotline-complete") { name in
            wide("completes a command") { help in editline_add_function(library, name, help) { library, _ in EditorThread.of(library).complete() } }
            wide("^I") { editline_bind(library, $0, name) }
        }
        wide("hotline-paste") { name in
            wide("takes a paste") { help in editline_add_function(library, name, help) { library, _ in EditorThread.of(library).takePaste() } }
            wide("\\e[200~") { editline_bind(library, $0, name) }
        }
    }

    private func close() {
        guard let library else { return }
        if let historyFile, let history {
            // Prompts are private: only the user may read the file, from its first byte on.
            let file = openPrivate(historyFile)
            if file >= 0 { _ = closeDescriptor(file) }
            _ = editline_save(history, historyFile)
        }
        el_end(library)
        if let history { history_wend(history) }
        self.library = nil
    }

    private static func of(_ library: OpaquePointer?) -> EditorThread {
        guard let library, let context = editline_context(library) else { preconditionFailure("libedit lost its context.") }
        return Unmanaged<EditorThread>.fromOpaque(context).takeUnretainedValue()
    }

    // MARK: Lines

    private func awaitQuestion() -> LineEditor.Question? {
        while true {
            let orders = editor.takeOrders()
            if orders.isClosed { return nil }
            if orders.isResized, let library { el_resize(library) }
            if let question = orders.question {
                wasInterrupted = orders.isInterrupted
                return question
            }
            var wait = pollfd(fd: editor.wakeUp.readEnd, events: Int16(POLLIN), revents: 0)
            if poll(&wait, 1, -1) > 0 { editor.wakeUp.drain() }
        }
    }

    private func edit() -> EditedLine {
        guard let library else { return .ended }
        if wasInterrupted { return .interrupted }
        setPrompt()
        setBracketedPaste(true)
        var count: Int32 = 0
        let letters = el_wgets(library, &count)
        setBracketedPaste(false)
        if isClosed { return .ended }
        if wasInterrupted {
            editline_set_raw(library, 0)
            el_reset(library)
            StandardStream.output.write("\n")
            return .interrupted
        }
        guard let letters, count > 0 else { return .ended }
        var line = String.UnicodeScalarView()
        for index in 0..<Int(count) {
            if let scalar = Unicode.Scalar(UInt32(truncatingIfNeeded: letters[index])) { line.append(scalar) }
        }
        if question.isRemembered, let history, String(line).contains(where: { !$0.isWhitespace }) {
            editline_remember(history, letters)
        }
        if line.last == "\n" { line.removeLast() }
        return .line(pastes.expand(String(line)))
    }

    /// Lets the terminal say where a paste begins and ends, so that its lines are not sent one by one.
    private func setBracketedPaste(_ isOn: Bool) {
        if palette.isOn { StandardStream.output.write("\u{1B}[?2004\(isOn ? "h" : "l")") }
    }

    private func setPrompt() {
        let safe = SafeText.onOneLine(question.prompt)
        let (on, off) = (palette.change(from: .plain, to: question.style), palette.change(from: question.style, to: .plain))
        // libedit drops a marked part at the very end, so the last blank is plain.
        let end = safe.hasSuffix(" ") ? " " : ""
        let marked = on.isEmpty ? safe : "\u{1}\(on)\u{1}\(safe.dropLast(end.count))\u{1}\(off)\u{1}\(end)"
        let letters = marked.unicodeScalars.map { wchar_t(truncatingIfNeeded: $0.value) } + [0]
        prompt.deallocate()
        prompt = .allocate(capacity: letters.count)
        prompt.initialize(from: letters, count: letters.count)
    }

    // MARK: Letters

    /// Reads one letter, or ends the line with -1.
    private func readLetter(_ letter: UnsafeMutablePointer<wchar_t>?) -> Int32 {
        while true {
            let orders = editor.takeOrders()
            if orders.isClosed || orders.isInterrupted {
                isClosed = orders.isClosed
                wasInterrupted = orders.isInterrupted
                errno = EINTR
                return -1
            }
            follow(orders)
            var waits = [
                pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0),
                pollfd(fd: editor.wakeUp.readEnd, events: Int16(POLLIN), revents: 0),
            ]
            guard poll(&waits, 2, -1) > 0 else { continue }
            if waits[1].revents != 0 {
                editor.wakeUp.drain()
                continue
            }
            var byte: UInt8 = 0
            let count = read(STDIN_FILENO, &byte, 1)
            if count < 0, errno == EINTR || errno == EAGAIN { continue }
            guard count == 1 else { return 0 }
            bytes.append(byte)
            if let scalar = scalarRead() {
                letter?.pointee = wchar_t(truncatingIfNeeded: scalar.value)
                return 1
            }
        }
    }

    private func follow(_ orders: LineEditor.Orders) {
        guard let library else { return }
        if orders.wentOn {
            editline_set_raw(library, 0)
            editline_set_raw(library, 1)
            setBracketedPaste(true)
        }
        if orders.isResized {
            clearLine(library)
            el_resize(library)
        }
        if orders.wentOn || orders.isResized { editline_refresh(library) }
    }

    /// Erases the line as the terminal has wrapped it for the new size: libedit draws from where the cursor is.
    private func clearLine(_ library: OpaquePointer) {
        guard palette.isOn, let line = el_wline(library)?.pointee else { return }
        var columns = DisplayWidth.of(SafeText.onOneLine(question.prompt))
        for index in 0..<(line.cursor - line.buffer) {
            if let scalar = Unicode.Scalar(UInt32(truncatingIfNeeded: line.buffer[index])) { columns += DisplayWidth.of(scalar) }
        }
        let rows = columns / Terminal.columns
        StandardStream.output.write((rows > 0 ? "\u{1B}[\(rows)A" : "") + "\r\u{1B}[J")
    }

    /// A whole letter of the bytes so far; nil while more have to come.
    private func scalarRead() -> Unicode.Scalar? {
        let length =
            switch bytes[0] {
            case 0xC2..<0xE0: 2
            case 0xE0..<0xF0: 3
            case 0xF0..<0xF5: 4
            default: 1
            }
        guard bytes.count >= length else { return nil }
        defer { bytes = [] }
        return String(decoding: bytes, as: UTF8.self).unicodeScalars.first
    }

    // MARK: Keys

    private func complete() -> UInt8 {
        guard let library, let line = el_wline(library)?.pointee else { return UInt8(CC_ERROR) }
        let length = line.cursor - line.buffer
        guard line.cursor == line.lastchar, length > 0 else { return UInt8(CC_REFRESH_BEEP) }
        var typed = String.UnicodeScalarView()
        for index in 0..<length { if let scalar = Unicode.Scalar(UInt32(truncatingIfNeeded: line.buffer[index])) { typed.append(scalar) } }
        let candidates = question.completions.filter { $0.hasPrefix(String(typed)) }.sorted()
        guard let shared = candidates.sharedBeginning, shared.unicodeScalars.count > length || candidates.count == 1 else {
            return candidates.isEmpty ? UInt8(CC_REFRESH_BEEP) : show(candidates)
        }
        let rest = String(shared.unicodeScalars.dropFirst(length)) + (candidates.count == 1 ? " " : "")
        wide(rest) { _ = el_winsertstr(library, $0) }
        return UInt8(CC_REFRESH)
    }

    private func show(_ candidates: [String]) -> UInt8 {
        StandardStream.output.write("\n" + candidates.joined(separator: "  ") + "\n")
        return UInt8(CC_REDISPLAY)
    }

    private static var pasteLettersMax: Int { 1 << 20 }

    /// Between the terminal's marks of a paste: everything up to `ESC [ 201 ~`.
    private func takePaste() -> UInt8 {
        guard let library else { return UInt8(CC_ERROR) }
        let end = Array("\u{1B}[201~".unicodeScalars)
        var text = String.UnicodeScalarView()
        var count = 0
        var newest: [Unicode.Scalar] = []
        var letter: wchar_t = 0
        while newest != end, el_wgetc(library, &letter) == 1 {
            guard let scalar = Unicode.Scalar(UInt32(truncatingIfNeeded: letter)) else { continue }
            newest.append(scalar)
            guard newest.count > end.count else { continue }
            let oldest = newest.removeFirst()
            // What is too long is cut, but still read to its end.
            if count < Self.pasteLettersMax { text.append(oldest) }
            count += 1
        }
        wide(pastes.enter(String(text))) { _ = el_winsertstr(library, $0) }
        return UInt8(CC_REFRESH)
    }
}

extension [String] {
    fileprivate var sharedBeginning: String? {
        guard var shared = first else { return nil }
        while !allSatisfy({ $0.hasPrefix(shared) }) { shared.removeLast() }
        return shared
    }
}

/// Lends `text` as C's wide letters.
private func wide(_ text: String, _ body: (UnsafePointer<wchar_t>) -> Void) {
    let letters = text.unicodeScalars.map { wchar_t(truncatingIfNeeded: $0.value) } + [0]
    letters.withUnsafeBufferPointer { if let start = $0.baseAddress { body(start) } }
}

// Within the type `open` and `close` are its own.
private func openPrivate(_ path: String) -> Int32 { open(path, O_WRONLY | O_CREAT, 0o600) }
private func closeDescriptor(_ descriptor: Int32) -> Int32 { close(descriptor) }
