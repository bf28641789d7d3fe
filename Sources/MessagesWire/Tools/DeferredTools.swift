import ResponsesAPI

/// The request's tools by name, for the places that bring some of them in. Read when the first such place is (anthropic-messages 5.3).
struct DeferredTools {
    private enum State {
        case unread(place: Range<Int>?)
        case known([String: MessagesTool.Function])
    }

    private var state: State
    private var broughtIn: Set<String> = []
    private let body: [UInt8]

    /// - Parameter place: where the tools stand in `body`; nil without any.
    init(_ body: [UInt8], at place: Range<Int>?) {
        self.body = body
        state = .unread(place: place)
    }

    /// A tool that is offered from its first reference on; nil when there is none of this name, it is offered anyway, or was referred to
    /// before: a reference is short, and a tool may be long.
    mutating func deferred(named name: String) -> RawJSON? {
        guard let function = all()[name], function.isDeferred, broughtIn.insert(name).inserted else { return nil }
        return function.json
    }

    /// What a result that names tools says to the model; nil where it names none.
    mutating func words(for names: [String]) -> JSONText? {
        if names.isEmpty { return nil }
        let known = all()
        let (there, missing) = (names.filter { known[$0] != nil }, names.filter { known[$0] == nil })
        let texts = [
            there.isEmpty ? "" : "Loaded, and can be called from here on: \(there.joined(separator: ", ")).",
            missing.isEmpty ? "" : "Not available: \(missing.joined(separator: ", ")).",
        ]
        return JSONText(joining: texts.map { JSONText($0) }, with: " ")
    }

    private mutating func all() -> [String: MessagesTool.Function] {
        switch state {
        case .known(let tools): return tools
        case .unread(let place):
            var tools: [String: MessagesTool.Function] = [:]
            if let place {
                // They were read already for the request's set, so they can be read again.
                body.withUnsafeBufferPointer { body in
                    let read = try? MessagesTools(UnsafeBufferPointer(rebasing: body[place]))
                    for function in read?.functions ?? [] { tools[function.name] = function }
                }
            }
            state = .known(tools)
            return tools
        }
    }
}
