import ResponsesAPI
import ResponsesCore

/// Where a line's events leave: WebSocket frames, SSE records, or one JSON answer. On the line's event loop only.
protocol ConnectionOutput: AnyObject {
    /// Takes events. `whenWritten`, if given, is called on the loop once the transport took them, or never will.
    func write(_ events: EventBuffer, whenWritten: (() -> Void)?)

    /// A turn is over; `object` is its response when it has one.
    func finished(_ error: APIError?, object: ArraySlice<UInt8>?)

    /// Nothing more comes.
    func close(_ reason: Connection.CloseReason)
}
