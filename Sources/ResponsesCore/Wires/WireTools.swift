import ResponsesAPI

/// Tools that came in a wire's own form and were read before: clients send the same tens of kilobytes with every request.
package struct WireTools: Sendable {
    package init() {}

    /// The tools of a request.
    ///
    /// - Parameters:
    ///   - bytes: the tools as the client sent them.
    ///   - form: names the way in which they are read, where one has several.
    ///   - read: makes the set, when these bytes were not read before in that way.
    package func tools(
        _ bytes: UnsafeBufferPointer<UInt8>, in form: StaticString, _ read: () throws(APIError) -> ToolSet
    ) throws(APIError) -> ToolSet {
        try read()
    }
}
