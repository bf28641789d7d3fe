import ResponsesAPI
import ResponsesStore

/// A stored response with its input, as one value: what `export` writes, a line each, and `show --input`.
enum ExportedResponse {
    /// `{"response": …, "input": […]}`. The input is what this turn added; what came before is in the response that
    /// `previous_response_id` names. What a client sealed stays sealed.
    static func json(_ record: ResponseRecord) -> RawJSON {
        var json = JSONWriter()
        json.beginObject()
        json.key("response")
        json.value(record.whole)
        json.key("input")
        json.beginArray()
        for item in record.inputItems { json.value(item) }
        json.endArray()
        json.endObject()
        return json.raw.onOneLine
    }
}
