import ResponsesAPI
import ResponsesCore

/// What a model called a tool with: an object on this wire, text in the core.
enum CallInput {
    /// The arguments as text: JSON without space between its parts and with the escapes that it needs, members in the client's order.
    static func arguments(_ input: RawJSON?) throws(APIError) -> JSONText {
        guard let input, !input.isNull else { return "{}" }
        if let text = input.stringValue { return JSONText(text) }
        guard input.isObject else { throw .wrongType("input", expected: "an object") }
        if let raw = wrapped(input) { return raw }
        var compact = JSONWriter(reserving: input.bytes.count)
        input.bytes.scanned { (scanner) in
            // It was read already as a part of the body.
            do throws(JSONError) { try copy(&scanner, to: &compact) } catch { compact = JSONWriter() }
        }
        return escaped(compact.bytes)
    }

    /// The raw text in an object that we made of it.
    private static func wrapped(_ input: RawJSON) -> JSONText? {
        guard let raw = input["\(WrappedArguments.member)"]?.stringValue else { return nil }
        var members = 0
        input.forEachMember { _, _ in members += 1 }
        return members == 1 ? JSONText(raw) : nil
    }

    private static func escaped(_ bytes: [UInt8]) -> JSONText {
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count + bytes.count / 8)
        bytes.withUnsafeBufferPointer { JSONEscapes.escape($0, into: &text) }
        return JSONText(escapedSlice: text[...])
    }

    private static func copy(_ scanner: inout JSONScanner, to json: inout JSONWriter) throws(JSONError) {
        switch scanner.peek() {
        case UInt8(ascii: "{"):
            try scanner.beginObject()
            json.beginObject()
            while let key = try scanner.nextKey() {
                let name = scanner.string(key)
                json.key(name)
                try copy(&scanner, to: &json)
            }
            json.endObject()
        case UInt8(ascii: "["):
            try scanner.beginArray()
            json.beginArray()
            while try scanner.nextElement() { try copy(&scanner, to: &json) }
            json.endArray()
        case UInt8(ascii: "\""): json.value(scanner.text(try scanner.scanString()))
        default:
            let range = try scanner.skipValue()
            json.value(validated: scanner.bytes(range))
        }
    }
}
