import ResponsesAPI

/// The two marks around a thought in the text of an answer.
package struct ThinkTag: Sendable, Hashable {
    /// Both as they stand between the quotes of JSON.
    let opening: [UInt8]
    let closing: [UInt8]

    /// Marks by what stands between their brackets, as in `<think>`; or the opening one with its own brackets, as in `[THINK]`,
    /// `◁think▷` and `<|START_THINKING|>`.
    package init(_ name: String) {
        guard let first = name.first, !first.isLetter else {
            opening = JSONText("<\(name)>").escaped
            closing = JSONText("</\(name)>").escaped
            return
        }
        opening = JSONText(name).escaped
        if let start = name.firstRange(of: "START") {
            closing = JSONText(name.replacingSubrange(start, with: "END")).escaped
        } else {
            closing = JSONText("\(first)/\(name.dropFirst())").escaped
        }
    }

    /// Marks that models were seen to write and that stand in no ordinary text.
    static let usualNames = ["think", "[THINK]", "◁think▷", "seed:think", "<|START_THINKING|>"]
    package static let usual = usualNames.map { ThinkTag($0) }
}

extension String {
    fileprivate func replacingSubrange(_ range: Range<Index>, with text: String) -> String {
        var copy = self
        copy.replaceSubrange(range, with: text)
        return copy
    }
}
