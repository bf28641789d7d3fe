import ResponsesAPI

extension Item {
    /// About how much of it a model reads, in bytes of text: images and files count as so many tokens as they mostly are, whatever their
    /// bytes.
    var estimatedBytes: Int {
        guard case .message(let message) = body else { return json.bytes.count }
        return message.content.reduce(32) { $0 + ($1.text?.escaped.count ?? Self.attachmentBytes) }
    }

    private static var attachmentBytes: Int { 4096 }

    /// Whether it is a compaction, itself or by its id.
    private var isCompaction: Bool {
        switch body {
        case .compaction: true
        case .reference(let id): id.hasPrefix("cmp_")
        default: false
        }
    }

    /// Which items of a whole conversation count: what the newest compaction stands for does not, though clients need not leave it out
    /// (responses-api 10). What the operator and the user said stays, with tools, and calls that are answered later. Nil when all count.
    static func placesThatCount(_ input: [Item]) -> [Int]? {
        guard let newest = input.lastIndex(where: \.isCompaction), newest > 0 else { return nil }
        var answered: Set<String> = []
        for case .callOutput(let output) in input[newest...].lazy.map(\.body) { answered.insert(output.callID) }
        let places = input.indices.filter { place in
            if place >= newest { return true }
            let item = input[place]
            switch item.body {
            case .message: return item.isUserMessage || item.isOperatorMessage
            case .call(let call): return answered.contains(call.callID)
            default: return item.bringsTools
            }
        }
        return places.count == input.count ? nil : places
    }
}
