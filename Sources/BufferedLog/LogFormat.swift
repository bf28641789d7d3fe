/// How log lines are written.
public enum LogFormat: String, CaseIterable, Sendable, Hashable {
    /// `2026-11-25T15:21:00.123Z warning engine failed request=req_1 words="no such model"`, for people and for `grep`.
    case text
    /// One JSON object a line: `time`, `level`, `message`, `logger`, then the metadata, flat. For programs.
    case json
}
