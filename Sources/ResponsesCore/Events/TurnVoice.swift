import ResponsesAPI

/// How a wire other than Responses says what the assembler decides: the same items in the same order, as chunks of its own.
///
/// `ResponseAssembler` orders what an engine makes, keeps the items and the limits, and calls these in turn: `begin` once; then for each
/// item `itemBegan`, `said` for what of it streams, `itemEnded`; and `end` once, last. Items never interleave. A voice is a value; it
/// writes whole records into the buffer that it is given, each ended by `EventBuffer.end(_:)`.
package protocol TurnVoice: Sendable {
    /// What it holds of the response, in bytes.
    var heldBytes: Int { get }

    /// The turn was accepted and its engine is about to work. A wire whose status line waits for the engine writes nothing yet.
    mutating func begin(into events: inout EventBuffer)

    /// Something harmless after silence. When nothing was written yet, the beginning of the stream.
    mutating func heartbeat(into events: inout EventBuffer)

    mutating func itemBegan(_ item: VoicedItem, into events: inout EventBuffer)

    /// More of the item that is open. The hot path.
    ///
    /// - Parameters:
    ///   - escaped: canonical JSON text without quotes; to be copied between them.
    ///   - logprobs: an array, of text only.
    mutating func said(_ text: VoicedText, _ escaped: ArraySlice<UInt8>, logprobs: RawJSON?, into events: inout EventBuffer)

    /// The open item is whole, or cut off. `item` is the item as Responses has it, and as the chain keeps it.
    mutating func itemEnded(_ item: RawJSON, into events: inout EventBuffer)

    /// The last word. When nothing was written before a failure, nothing is written of it either: it is the answer's status then.
    ///
    /// - Returns: where the body of an answer without a stream stands in the buffer; empty when there is none.
    mutating func end(_ end: VoicedEnd, into events: inout EventBuffer) -> Range<Int>
}

extension TurnVoice {
    package var heldBytes: Int { 0 }
}
