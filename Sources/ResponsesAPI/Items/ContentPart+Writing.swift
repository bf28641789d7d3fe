extension ContentPart: WireValue {
    public init(wire: RawJSON) throws(APIError) { try self.init(wire) }

    public var wire: RawJSON {
        var json = JSONWriter()
        write(to: &json)
        return json.raw
    }

    /// Writes the part as clients send it: only what is set.
    package func write(to json: inout JSONWriter) {
        switch self {
        case .inputText(let text): json.textPart("input_text", "text", text)
        case .reasoningText(let text): json.textPart("reasoning_text", "text", text)
        case .summaryText(let text): json.textPart("summary_text", "text", text)
        case .refusal(let text): json.textPart("refusal", "refusal", text)
        case .outputText(let text):
            // OpenAI's schema demands both lists (responses-api 4).
            json.beginPart("output_text")
            json.key("text")
            json.value(text)
            json.key("annotations")
            json.literal("[]")
            json.key("logprobs")
            json.literal("[]")
            json.endObject()
        case .inputImage(let image):
            json.beginPart("input_image")
            json.member("image_url", ifSet: image.url)
            json.member("file_id", ifSet: image.fileID)
            json.member("detail", ifSet: image.detail)
            json.endObject()
        case .inputFile(let file):
            json.beginPart("input_file")
            json.member("filename", ifSet: file.filename)
            json.member("file_data", ifSet: file.data)
            json.member("file_id", ifSet: file.fileID)
            json.member("file_url", ifSet: file.url)
            json.endObject()
        case .other(_, let raw): json.value(raw)
        }
    }
}

extension JSONWriter {
    fileprivate mutating func beginPart(_ type: StaticString) {
        beginObject()
        key("type")
        value(literal: type)
    }

    fileprivate mutating func textPart(_ type: StaticString, _ name: StaticString, _ text: JSONText) {
        beginPart(type)
        key(name)
        value(text)
        endObject()
    }

    package mutating func value(_ parts: [ContentPart]) {
        beginArray()
        for part in parts { part.write(to: &self) }
        endArray()
    }
}
