import ResponsesAPI

/// Tools that came in a wire's own form and were read before: clients send the same tens of kilobytes with every request.
package struct WireTools: Sendable {
    private let memory: PrefixMemory?
    private let owner: Owner
    private let wire: String

    /// Without a memory: everything is read.
    package init() { self.init(nil, of: .anybody, wire: "") }

    package init(_ memory: PrefixMemory?, of owner: Owner, wire: String) {
        self.memory = memory
        self.owner = owner
        self.wire = wire
    }

    /// The tools of a request.
    ///
    /// - Parameters:
    ///   - bytes: the tools as the client sent them.
    ///   - form: names the way in which they are read, where one has several.
    ///   - read: makes the set, when these bytes were not read before in that way.
    package func tools(
        _ bytes: UnsafeBufferPointer<UInt8>, in form: StaticString, _ read: () throws(APIError) -> ToolSet
    ) throws(APIError) -> ToolSet {
        guard let memory else { return try read() }
        let sent = SentDigest(owner: owner, wire: "\(wire) \(form)", model: nil).adding(bytes)
        if let known = memory.tools.set(sent) { return known }
        let tools = try read()
        memory.tools.keep(tools, as: sent)
        return tools
    }
}
