/// What a text is that streams: of the answer, of its thoughts, or of a call's arguments or input.
package enum VoicedText: Sendable { case text, refusal, reasoning, summary, input }
