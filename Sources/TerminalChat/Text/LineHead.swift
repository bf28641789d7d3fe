/// What a line of Markdown is, as its beginning shows.
enum LineHead: Hashable {
    /// More has to come.
    case undecided
    case text
    /// Kept as it is: code, and rows of tables.
    case code
    /// With the number of scalars that are marks.
    case heading(Int)
    /// An item of a list, with its indentation.
    case bullet(Int)
    /// An item of a numbered list, with the width of indentation and number.
    case numbered(Int)
    case fenceOpened(Unicode.Scalar, Int)
    case fenceClosed

    static func of(_ head: [Unicode.Scalar], atEnd: Bool) -> LineHead {
        let spaces = head.prefix { $0 == " " }.count
        let rest = head.dropFirst(spaces)
        guard let first = rest.first else { return atEnd ? .text : .undecided }
        let run = rest.prefix { $0 == first }.count
        let after = rest.dropFirst(run)
        switch first {
        case "#" where spaces == 0 && run <= 6:
            guard let next = after.first else { return atEnd ? .text : .undecided }
            return next == " " ? .heading(run + 1) : .text
        case "`", "~":
            if after.isEmpty && !atEnd { return .undecided }
            guard run >= 3, !after.contains(first) else { return .text }
            return atEnd ? .fenceOpened(first, run) : .undecided
        case "-", "*", "+":
            guard run == 1 else { return .text }
            guard let next = after.first else { return atEnd ? .text : .undecided }
            return next == " " ? .bullet(spaces) : .text
        case "0"..."9":
            let digits = rest.prefix { ("0"..."9").contains($0) }
            let end = rest.dropFirst(digits.count)
            guard digits.count <= 3 else { return .text }
            guard let dot = end.first else { return atEnd ? .text : .undecided }
            guard dot == "." || dot == ")" else { return .text }
            guard let space = end.dropFirst().first else { return atEnd ? .text : .undecided }
            return space == " " ? .numbered(spaces + digits.count + 2) : .text
        case "|": return .code
        default: return .text
        }
    }

    /// The same within a code block, which only its own marks end.
    static func inFence(_ head: [Unicode.Scalar], mark: Unicode.Scalar, count: Int, atEnd: Bool) -> LineHead {
        let rest = head.drop { $0 == " " }
        let run = rest.prefix { $0 == mark }.count
        guard rest.dropFirst(run).allSatisfy({ $0 == " " }), head.count <= 40 else { return .code }
        return atEnd ? (run >= count ? .fenceClosed : .code) : .undecided
    }
}
