/// The texts that each owner's latest responses had, so that mostly a comparison finds what the next one shares.
struct RecentTexts {
    struct Text {
        /// The number in `sharedTexts`.
        var key: Int
        var bytes: [UInt8]
    }

    private struct List {
        /// The newest first.
        var frames: [Text] = []
        var tools: [Text] = []
    }

    enum Kind {
        case frame
        case tools
    }

    private var lists: [Int: List] = [:]
    private var bytes = 0

    /// So many of each kind for an owner: agents of several kinds work for one.
    private static var textsMax: Int { 4 }
    private static var bytesMax: Int { 8 << 20 }
    private static var ownersMax: Int { 1024 }

    /// An owner's texts of a kind, the newest first.
    func texts(_ kind: Kind, of owner: Int) -> [Text] {
        guard let list = lists[owner] else { return [] }
        return kind == .frame ? list.frames : list.tools
    }

    /// A text was used.
    mutating func use(_ text: Text, _ kind: Kind, of owner: Int) {
        if texts(kind, of: owner).first?.key == text.key { return }
        if bytes > Self.bytesMax || lists.count >= Self.ownersMax { self = RecentTexts() }
        change(kind, of: owner) { texts in
            texts.removeAll { $0.key == text.key }
            texts.insert(text, at: 0)
            if texts.count > Self.textsMax { texts.removeLast() }
        }
    }

    /// A text is not stored any more.
    mutating func remove(_ key: Int, of owner: Int) {
        change(.frame, of: owner) { $0.removeAll { $0.key == key } }
        change(.tools, of: owner) { $0.removeAll { $0.key == key } }
    }

    private mutating func change(_ kind: Kind, of owner: Int, _ body: (inout [Text]) -> Void) {
        func size(_ texts: [Text]) -> Int { texts.reduce(0) { $0 + $1.bytes.count } }
        var list = lists[owner] ?? List()
        let before = size(list.frames) + size(list.tools)
        if kind == .frame { body(&list.frames) } else { body(&list.tools) }
        bytes += size(list.frames) + size(list.tools) - before
        lists[owner] = list
    }
}
