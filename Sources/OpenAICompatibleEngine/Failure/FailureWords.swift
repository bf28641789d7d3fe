/// Makes an engine's own words fit to be read: by the person at the log, and in part by clients.
///
/// What goes out, each as `[…]`: the secrets this server was given for the engine, in any spelling, and parts of them;
/// whatever has the shape of a key (`SecretShapes`); every run of 32 bytes or more that also occurs in the request,
/// however the engine quoted it (`TextSkeleton`); everything from where input is quoted, however short (`QuotedInput`).
/// Once the model has written, all but the first words goes without a trace (`FirstWords`), as do control characters and
/// invisible ones always. The places are all found in the words as they came, then cut out together, and only then are
/// words shortened: nothing that was found can survive in part.
///
/// Used after a failure only. The work is linear in the request, which may be tens of megabytes.
struct FailureWords {
    /// Of a request, this many bytes of the engine's words in a row are a quotation.
    static let quotationMin = 32
    /// Of a secret, this many in a row are; a shorter secret counts as a whole.
    static let secretPartMin = 12
    /// For the log, in characters.
    static let detailMax = 512
    /// Words beyond this are not looked at, in bytes: no engine says more that is worth a line.
    static let textMax = 2048
    /// The same for what is a word or an address: a type, a code, a location.
    static let wordMax = 256
    static let placeholder = "[…]"

    /// A text of an engine, and how much of it may be read.
    struct Said {
        enum Extent {
            /// All that is not cleaned out.
            case whole
            /// What comes before input is quoted, which is `[…]`.
            case beforeInput
            /// The same of an object of the engine's own, with names and braces.
            case objectBeforeInput
            /// The words before anything that may be a quotation.
            case firstWords
        }

        var text: String
        var extent = Extent.whole
        /// In bytes.
        var lengthMax = FailureWords.textMax
    }

    /// Hands over bytes piece by piece: what they lie in need not be known here.
    typealias Pieces = @Sendable (_ take: (UnsafeRawBufferPointer) -> Void) -> Void

    private let secrets: [String]
    private let request: Pieces?

    /// - Parameters:
    ///   - secrets: what must never be read, such as the engine's key.
    ///   - request: the body that was sent.
    init(secrets: [String] = [], pieces request: Pieces? = nil) {
        self.secrets = secrets.filter { !$0.isEmpty }
        self.request = request
    }

    /// For words that were not said by the engine, and cannot quote what it was sent.
    var withoutRequest: FailureWords { FailureWords(secrets: secrets) }

    /// Each text as it may be read, of any length.
    func cleaned(_ texts: [Said]) -> [String] {
        let words = texts.map { Words($0) }
        var hidden = words.map { $0.shapes() + $0.input() }
        for (index, range) in quotations(in: words) { hidden[index].append(range) }
        // A key may have been cut, or a quotation: what is left of it is shorter than these.
        let tail = max(Self.tailMin, secrets.map(\.utf8.count).max() ?? 0)
        return zip(words, hidden).map { words, hidden in words.text(hiding: hidden, tail: tail) }
    }

    func cleaned(_ text: String) -> String { cleaned([Said(text: text)])[0] }

    /// In bytes: 12 of a secret as escapes of 6, or the shortest run that has a key's shape.
    private static let tailMin = 72

    /// A cleaned text for `EngineError.detail`; nil when nothing is said.
    static func detail(_ text: String) -> String? {
        if text.isEmpty { return nil }
        // Scalars, as one character may have any number of them.
        guard text.unicodeScalars.count > detailMax else { return text }
        return String(String.UnicodeScalarView(text.unicodeScalars.prefix(detailMax - 1))) + "…"
    }

    // MARK: Quotations

    /// Where parts of the request and of secrets stand, by text.
    private func quotations(in words: [Words]) -> [(Int, Range<Int>)] {
        if words.allSatisfy(\.bytes.isEmpty) { return [] }
        return (request.map { partsOfRequest($0, in: words) } ?? []) + (secrets.isEmpty ? [] : partsOfSecrets(in: words))
    }

    private func partsOfRequest(_ request: Pieces, in words: [Words]) -> [(Int, Range<Int>)] {
        let skeletons = Skeletons(of: words.map(\.bytes))
        var parts = CommonParts(of: skeletons.bytes)
        read(request, into: &parts)
        return parts.take().enumerated().compactMap { end, length in
            guard length > 0 else { return nil }
            let place = skeletons.place(endingAt: end, length: length)
            // Blanks are not in a skeleton, but a quotation has them at its ends too.
            guard words[place.index].blanks(around: place.range).count >= Self.quotationMin else { return nil }
            return (place.index, words[place.index].withoutColon(place.range))
        }
    }

    /// Looks at what is visible, so that nothing invisible can stand within a secret.
    private func partsOfSecrets(in words: [Words]) -> [(Int, Range<Int>)] {
        let visible = words.map { $0.visible() }
        let skeletons = Skeletons(of: visible.map(\.bytes))
        var parts = CommonParts(of: skeletons.bytes)
        var found: [(Int, Range<Int>)] = []
        for (form, isEncoded) in secrets.flatMap(SecretForms.all) {
            read({ take in Array(form.utf8).withUnsafeBytes(take) }, into: &parts)
            let lengthMin = max(1, min(Self.skeletonLength(of: form), Self.secretPartMin))
            for (end, length) in parts.take(lengthMin: lengthMin).enumerated() where length >= lengthMin {
                let place = skeletons.place(endingAt: end, length: length)
                var range = place.range
                // The letters at its ends are made of the secret and of what stands beside it.
                if isEncoded { range = visible[place.index].wholeCode(around: range) }
                range = visible[place.index].range(of: range)
                // A secret such as "x" is none of the letters in other words.
                if form.utf8.count < 6, !words[place.index].isWord(range) { continue }
                found.append((place.index, range))
            }
        }
        return found
    }

    private func read(_ pieces: Pieces, into parts: inout CommonParts) {
        var skeleton = TextSkeleton()
        pieces { bytes in
            for byte in bytes { skeleton.read(byte) { parts.read($0) } }
        }
        skeleton.end { parts.read($0) }
        parts.endText()
    }

    private static func skeletonLength(of text: String) -> Int {
        var skeleton = TextSkeleton()
        var count = 0
        for byte in text.utf8 { skeleton.read(byte) { _ in count += 1 } }
        skeleton.end { _ in count += 1 }
        return count
    }
}

/// The skeletons of several texts in one array, with the way back to the places in the texts.
private struct Skeletons {
    private(set) var bytes: [UInt8] = []
    private var places: [(index: Int, range: Range<Int>)] = []

    init(of texts: [[UInt8]]) {
        for (index, text) in texts.enumerated() {
            var skeleton = TextSkeleton()
            var start = 0
            for (offset, byte) in text.enumerated() {
                if skeleton.isBetweenEscapes { start = offset }
                skeleton.read(byte) { add($0, index, start..<offset + 1) }
            }
            skeleton.end { add($0, index, start..<text.count) }
            // No skeleton has this byte, so no part reaches over two texts.
            add(0, index, text.count..<text.count)
        }
    }

    private mutating func add(_ byte: UInt8, _ index: Int, _ range: Range<Int>) {
        bytes.append(byte)
        places.append((index, range))
    }

    /// Where the `length` bytes up to and including `end` come from.
    func place(endingAt end: Int, length: Int) -> (index: Int, range: Range<Int>) {
        let (first, last) = (places[end - length + 1], places[end])
        return (last.index, first.range.lowerBound..<max(first.range.lowerBound, last.range.upperBound))
    }
}

/// One text of an engine.
private struct Words {
    let bytes: [UInt8]
    private let isCut: Bool
    private let extent: FailureWords.Said.Extent

    init(_ said: FailureWords.Said) {
        bytes = Array(said.text.utf8.prefix(said.lengthMax))
        isCut = said.text.utf8.dropFirst(said.lengthMax).first != nil
        extent = said.extent
    }

    /// From where input is quoted.
    func input() -> [Range<Int>] {
        switch extent {
        case .whole, .firstWords: []
        case .beforeInput: QuotedInput.start(in: bytes, isJSON: false).map { [$0..<bytes.count] } ?? []
        case .objectBeforeInput: QuotedInput.start(in: bytes, isJSON: true).map { [$0..<bytes.count] } ?? []
        }
    }

    /// `range` with the white space beside it.
    func blanks(around range: Range<Int>) -> Range<Int> {
        func isBlank(_ index: Int) -> Bool {
            bytes.indices.contains(index) && (bytes[index] == UInt8(ascii: " ") || (9...13).contains(bytes[index]))
        }
        var (start, end) = (range.lowerBound, range.upperBound)
        while isBlank(start - 1) { start -= 1 }
        while isBlank(end) { end += 1 }
        return start..<end
    }

    /// Whether what is before and behind `range` belongs to another word.
    func isWord(_ range: Range<Int>) -> Bool {
        func isLetter(_ index: Int) -> Bool {
            guard bytes.indices.contains(index) else { return false }
            return UnicodeScalar(bytes[index]).properties.isAlphabetic || (0x30...0x39).contains(bytes[index])
        }
        return !isLetter(range.lowerBound - 1) && !isLetter(range.upperBound)
    }

    /// `range` without the engine's colon before it: "cannot read: " and the colon before a value of JSON are alike.
    func withoutColon(_ range: Range<Int>) -> Range<Int> {
        let start = range.lowerBound
        guard range.count > 2, bytes[start] == UInt8(ascii: ":"), bytes[start + 1] == UInt8(ascii: " ") else { return range }
        return start + 2..<range.upperBound
    }

    /// The text as it is shown, and where each of its bytes comes from.
    struct Visible {
        var bytes: [UInt8] = []
        var offsets: [Int] = []

        func range(of range: Range<Int>) -> Range<Int> {
            range.isEmpty ? 0..<0 : offsets[range.lowerBound]..<offsets[range.upperBound - 1] + 1
        }

        /// The whole run of base64 that `range` is a part of.
        func wholeCode(around range: Range<Int>) -> Range<Int> {
            func isCode(_ index: Int) -> Bool {
                guard bytes.indices.contains(index) else { return false }
                switch bytes[index] {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): return true
                default: return "+/=_-".utf8.contains(bytes[index])
                }
            }
            var (start, end) = (range.lowerBound, range.upperBound)
            while isCode(start - 1) { start -= 1 }
            while isCode(end) { end += 1 }
            return start..<end
        }
    }

    func visible() -> Visible {
        var visible = Visible()
        forEachScalar { scalar, range in
            guard let shown = Self.shown(scalar) else { return }
            for byte in UTF8.encode(shown).unsafelyUnwrapped {
                visible.bytes.append(byte)
                visible.offsets.append(range.lowerBound)
            }
        }
        return visible
    }

    /// What looks like a key.
    func shapes() -> [Range<Int>] {
        let visible = visible()
        return SecretShapes.ranges(in: visible.bytes).map { visible.range(of: $0) }
    }

    /// The text without what is hidden. Of a text that was cut the last `tail` bytes go too: a key may have been cut there.
    func text(hiding hidden: [Range<Int>], tail: Int) -> String {
        var end = isCut ? max(0, bytes.count - tail) : bytes.count
        var firstWords: (offset: Int, knownEnding: String?)?
        if case .firstWords = extent { firstWords = FirstWords.end(in: bytes) }
        let endsEarly = firstWords.map { $0.offset < end } ?? false
        if let firstWords { end = min(end, firstWords.offset) }
        var isHidden = [Bool](repeating: false, count: bytes.count)
        for range in hidden { for index in range { isHidden[index] = true } }
        var text = String.UnicodeScalarView()
        var endsHidden = false
        forEachScalar { scalar, range in
            guard range.upperBound <= end else { return }
            if isHidden[range].contains(true) {
                if !endsHidden { text.append(contentsOf: FailureWords.placeholder.unicodeScalars) }
                endsHidden = true
                return
            }
            guard let shown = Self.shown(scalar) else { return }
            if shown == " ", text.isEmpty || text.last == " " { return }
            text.append(shown)
            endsHidden = false
        }
        while text.last == " " { text.removeLast() }
        if isCut, !endsEarly, !endsHidden { text.append("…") }
        guard endsEarly, let known = firstWords?.knownEnding, !text.isEmpty else { return String(text) }
        return "\(String(text)): \(known)"
    }

    private func forEachScalar(_ body: (Unicode.Scalar, Range<Int>) -> Void) {
        var offset = 0
        // What was cut within a character is repaired to one that is longer than what is left of it.
        for scalar in String(decoding: bytes, as: UTF8.self).unicodeScalars where offset < bytes.count {
            let range = offset..<min(bytes.count, offset + UTF8.width(scalar))
            body(scalar, range)
            offset = range.upperBound
        }
    }

    /// The character as it is shown: white space as a blank; nil for control characters and invisible ones.
    private static func shown(_ scalar: Unicode.Scalar) -> Unicode.Scalar? {
        if (" "..."~").contains(scalar) { return scalar }
        switch scalar.properties.generalCategory {
        case .control: return scalar.properties.isWhitespace ? " " : nil
        case .lineSeparator, .paragraphSeparator, .spaceSeparator: return " "
        case .format, .surrogate, .privateUse, .unassigned: return nil
        default: return scalar
        }
    }
}
