/// Arguments that are no JSON object, for a wire that can say them in an object only (anthropic-messages 6.1).
package enum WrappedArguments {
    /// The member that holds them as text.
    package static let member: StaticString = "INVALID_JSON"
}
