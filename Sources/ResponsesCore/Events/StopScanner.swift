import ResponsesAPI

/// Looks for stop strings in a text that comes in pieces, and holds back what could be the beginning of one.
///
/// Engines are told the strings as well, and most end before them; this is for those that do not, and for the name of the string, which
/// few engines say (anthropic-messages 6.2). Works on escaped text; costs the text's length for each string.
struct StopScanner: Sendable {
    private let strings: [String]
    /// The same, as they stand in escaped text.
    private let needles: [[UInt8]]
    private var held: [UInt8] = []

    /// Nil when there is nothing to look for.
    init?(_ strings: [String]) {
        let strings = strings.filter { !$0.isEmpty }
        if strings.isEmpty { return nil }
        self.strings = strings
        needles = strings.map { JSONText($0).escaped }
    }

    var isHolding: Bool { !held.isEmpty }

    /// Takes more of the text.
    ///
    /// - Returns: what may be said of it by now, and the string that was met. What comes behind that is not looked at.
    mutating func take(_ piece: ArraySlice<UInt8>) -> (said: [UInt8], found: String?) {
        let text = held + piece
        held = []
        var place = 0
        while place < text.count {
            let rest = text[place...]
            // The first string of the request wins where several begin at one place.
            if let index = needles.firstIndex(where: { rest.starts(with: $0) }) { return (Array(text[..<place]), strings[index]) }
            if needles.contains(where: { $0.count > rest.count && $0.starts(with: rest) }) {
                held = Array(rest)
                return (Array(text[..<place]), nil)
            }
            // From one character to the next: an escaped `n` is not the letter.
            place += JSONEscapes.length(ofCharacterAt: place, in: text)
        }
        return (text, nil)
    }

    /// What was held back, as nothing follows that could make it a stop string.
    mutating func flush() -> [UInt8] {
        defer { held = [] }
        return held
    }
}
