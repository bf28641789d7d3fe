public import ResponsesAPI

/// One stored response: what a client reads back, and what the next turn of its chain is made from.
///
/// A record holds what its turn added; the rest of the conversation is in the records of its ancestors. What a client
/// chose to seal stays sealed in here, so a record may be written to a disk.
public struct ResponseRecord: Sendable {
    public var id: ResponseID
    public var owner: Owner
    /// The response that this one continues; nil at the beginning of a chain.
    public var parent: ResponseID?
    /// Unix time in whole seconds.
    public var createdAt: Int
    /// The response object with `[]` as `output` and `tools`, which stand beside it. `whole` puts them back.
    public var object: RawJSON
    /// The array of tools. Turns with equal tools may share one.
    public var tools: RawJSON
    /// The turn's new items as they came, each with an id when the client sent one.
    public var input: [RawJSON]
    /// What an item of `input` stood for, by its index, where that differs: an `item_reference` stands for another item.
    public var entered: [Int: RawJSON]
    /// What the model made, each item with its id.
    public var output: [RawJSON]
    public var openCalls: [OpenCall]
    /// Whether the response still runs, in the background; it is saved again when it has ended.
    public var isRunning: Bool

    public init(
        id: ResponseID, owner: Owner, parent: ResponseID? = nil, createdAt: Int, object: RawJSON,
        tools: RawJSON = .emptyArray, input: [RawJSON] = [], entered: [Int: RawJSON] = [:], output: [RawJSON] = [],
        openCalls: [OpenCall] = [], isRunning: Bool = false
    ) {
        self.id = id
        self.owner = owner
        self.parent = parent
        self.createdAt = createdAt
        self.object = object
        self.tools = tools
        self.input = input
        self.entered = entered
        self.output = output
        self.openCalls = openCalls
        self.isRunning = isRunning
    }
}
