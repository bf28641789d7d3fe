import ResponsesAPI

/// A lane's name as it stands in its events: `,"stream_id":"name"`, or nothing on the default lane (websocket-mode 5.1).
package struct LaneTag: Sendable {
    package let member: [UInt8]

    package init(_ streamID: StreamID?) {
        // A lane's name has no characters that JSON escapes.
        member = streamID.map { Array(#","stream_id":"\#($0.rawValue)""#.utf8) } ?? []
    }
}
