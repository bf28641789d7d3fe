import ResponsesAPI

/// A call that begins.
package struct VoicedCall: Sendable {
    package var kind: Item.ToolCall.Kind
    package var callID: String
    package var name: String
    package var namespace: String?
}
