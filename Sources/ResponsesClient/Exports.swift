// Requests, items and events are part of what the client takes and gives: one import brings them too.
@_exported import ResponsesAPI
