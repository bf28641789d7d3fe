import ResponsesAPI

/// A part of a message's content.
enum ChatPart: Sendable {
    /// `beginsMessage`: the first part of an item, which stands apart from what was merged before it.
    case text(JSONText, beginsMessage: Bool)
    case image(url: JSONText, detail: String?)
    case file(data: JSONText, filename: JSONText?)
    /// A part whose form both APIs share, or whose Chat form was made already.
    case other(RawJSON)

    var isText: Bool { if case .text = self { true } else { false } }
}
