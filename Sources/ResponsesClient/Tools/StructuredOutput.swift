import ResponsesAPI

/// A model's answer in the form of a Swift type: what is asked for, and how the answer is read.
///
/// ```swift
/// let form = try StructuredOutput(Weather.self)
/// request.text.format = form.format
/// let weather = try form.decode(response)
/// ```
package struct StructuredOutput<Output: Decodable & Sendable>: Sendable {
    /// Holds a value that is not an object: in strict mode the root of a structured output must be one.
    private struct Wrapped: Decodable {
        var value: Output
    }

    /// The setting `text.format`: the type's schema under a name made of the type's.
    package let format: TextFormat
    private let reader: ModelJSON
    private let isWrapped: Bool

    /// - Throws: `SchemaError` when the type has no schema; see `SchemaProviding`.
    package init(_ type: Output.Type) throws(SchemaError) {
        var schema = try JSONSchema(of: type)
        isWrapped = !schema.isObject
        if isWrapped { schema = try JSONSchema(of: Wrapped.self) }
        reader = ModelJSON(schema: schema)
        format = .jsonSchema(.init(name: SchemaName.make(of: type), schema: schema.raw, strict: schema.isStrict))
    }

    /// Reads the output text of a response that is over.
    ///
    /// - Throws: `ClientError` with the code `refusal`, `incompleteOutput` or `invalidOutput`, and with the response; the
    ///   output itself is never part of the message.
    package func decode(_ response: ResponseObject) throws(ClientError) -> Output {
        func fail(_ code: ClientError.Code, _ message: String) -> ClientError {
            ClientError(code, message, response: response)
        }
        switch response.status {
        case .completed: break
        case .incomplete:
            let reason = response.serverLimit ?? response.incompleteReason ?? "the server gave no reason"
            // What the server itself allows, no client can raise.
            let isClients = response.serverLimit == nil && response.incompleteReason == "max_output_tokens"
            let advice = isClients ? " Allow more with max_output_tokens." : ""
            throw fail(
                .incompleteOutput, "The response ended before the \(Output.self) was whole: \(reason).\(advice)")
        default:
            throw fail(
                .incompleteOutput, "The response is '\(response.status.rawValue)', so it holds no \(Output.self).")
        }
        if response.hasRefusal {
            throw fail(.refusal, "The model refused to answer. Its words are in the output of the error's response.")
        }
        let text = response.outputText
        guard !text.isEmpty else {
            let advice =
                response.toolCalls.isEmpty ? "" : " It calls tools: run them and send their outputs, or offer none."
            throw fail(.invalidOutput, "The response holds no text, so no \(Output.self).\(advice)")
        }
        do throws(ModelJSON.Mismatch) {
            return isWrapped
                ? try reader.decode(Wrapped.self, from: text).value : try reader.decode(Output.self, from: text)
        } catch {
            let advice =
                reader.schema.isStrict
                ? "The server seems not to enforce the schema." : "The schema is not strict, as '\(Output.self)' holds "
                    + "names that are not known before."
            throw fail(.invalidOutput, "The output does not fit \(Output.self). \(error.sentence) \(advice)")
        }
    }
}

extension ResponseObject {
    fileprivate var hasRefusal: Bool {
        fields.output.contains { item in
            guard case .message(let message) = item.body else { return false }
            return message.content.contains { if case .refusal = $0 { true } else { false } }
        }
    }
}
