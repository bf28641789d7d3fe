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
        var addedTools = ancestor?.addedTools
        for (index, record) in records.enumerated() {
            guard let (input, tools) = ItemOpener(sealer).entered(record) else { return nil }
            // It was right when it came.
            if !tools.isEmpty { addedTools = (try? AddedTools.extended(addedTools, by: tools)) ?? addedTools }
            let isLast = index == records.count - 1
            if parent != nil || isLast {
                parent = ChainNode(
                    record, input: input, parent: parent, before: parent == nil && record.parent != nil ? before : nil,
                    addedTools: addedTools, account: account)
            } else {
                before.append(input, made: record.output)
            }
        }
        return parent
    }
}

extension ItemOpener {
    /// A record's input as it enters the conversation again, with those items that bring tools; nil when something cannot be opened.
    fileprivate func entered(_ record: ResponseRecord) -> (EnteredItems, bringingTools: [Item])? {
        var entered = EnteredItems([])
        var tools: [Item] = []
        entered.items.reserveCapacity(record.input.count)
        for (index, json) in record.input.enumerated() {
            let kept = record.entered[index] ?? json
            guard let item = try? Item(kept), let opened = try? opened(item) else { return nil }
            if opened.json.bytes != kept.bytes { entered.sealed[index] = kept }
            entered.items.append(opened.json)
            if opened.bringsTools { tools.append(opened) }
        }
        return (entered, tools)
    }
}
