import ResponsesAPI
import ResponsesStore

extension ChainNode {
    /// The newest response of a chain as it was stored.
    ///
    /// Behind an ancestor that is held, each record becomes a node. Without one, the newest is the only node: it holds the
    /// items of the others until they are rendered, as no later turn reads them.
    ///
    /// - Parameters:
    ///   - records: oldest first, each the parent of the next.
    ///   - ancestor: the node of the first record's parent.
    /// - Returns: nil when something of it cannot be opened any more, as its key is gone. Clients then resend what they have.
    package static func chain(
        of records: [ResponseRecord], after ancestor: ChainNode?, sealer: OwnedSealer?, account: MemoryAccount
    ) -> ChainNode? {
        var parent = ancestor
        var before = EnteredItems([])
        for (index, record) in records.enumerated() {
            guard let input = ItemOpener(sealer).entered(record) else { return nil }
            let isLast = index == records.count - 1
            if parent != nil || isLast {
                parent = ChainNode(
                    record, input: input, parent: parent, before: parent == nil && record.parent != nil ? before : nil,
                    account: account)
            } else {
                before.append(input, made: record.output)
            }
        }
        return parent
    }
}

extension ItemOpener {
    /// A record's input as it enters the conversation again; nil when something cannot be opened.
    fileprivate func entered(_ record: ResponseRecord) -> EnteredItems? {
        var entered = EnteredItems([])
        entered.items.reserveCapacity(record.input.count)
        for (index, json) in record.input.enumerated() {
            let kept = record.entered[index] ?? json
            guard let item = try? Item(kept), let opened = try? opened(item) else { return nil }
            if opened.json.bytes != kept.bytes { entered.sealed[index] = kept }
            entered.items.append(opened.json)
        }
        return entered
    }
}
