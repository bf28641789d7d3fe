import ResponsesAPI

/// Tools as this wire has them, nested under their type, made the flat ones of the core (chat-completions 5).
enum NestedTools {
    /// - Parameter bytes: the array `tools`.
    static func set(of bytes: UnsafeBufferPointer<UInt8>) throws(APIError) -> ToolSet {
        var kinds: [StaticString] = []
        let flat = try flattened(bytes, "tools") { (scanner, json) throws(APIError) in
            let tool = try NestedTool(&scanner)
            kinds.append(tool.kind)
            tool.write(to: &json)
        }
        do throws(APIError) {
            return try set(flat)
        } catch {
            throw error.nested { kinds[$0] }
        }
    }

    /// - Parameter bytes: the array `functions`, the older form.
    static func set(ofFunctions bytes: UnsafeBufferPointer<UInt8>) throws(APIError) -> ToolSet {
        let flat = try flattened(bytes, "functions") { (scanner, json) throws(APIError) in
            try NestedTool(function: &scanner).write(to: &json)
        }
        do throws(APIError) {
            return try set(flat)
        } catch {
            throw error.renamed { $0.replacingPrefix("tools[", with: "functions[") }
        }
    }

    private static func set(_ flat: RawJSON) throws(APIError) -> ToolSet { flat.bytes.count > 2 ? try ToolSet(flat) : .empty }

    private static func flattened(
        _ bytes: UnsafeBufferPointer<UInt8>, _ field: StaticString, _ write: (inout JSONScanner, inout JSONWriter) throws(APIError) -> Void
    ) throws(APIError) -> RawJSON {
        var scanner = JSONScanner(bytes)
        guard scanner.peek() == UInt8(ascii: "[") else { throw .wrongType("\(field)", expected: "an array") }
        var json = JSONWriter(reserving: bytes.count)
        json.beginArray()
        do throws(APIError) {
            try scanner.elements { (scanner, _) throws(APIError) in
                guard scanner.peek() == UInt8(ascii: "{") else {
                    throw APIError.invalidRequest(.invalidType, "Invalid type for a tool: expected an object.")
                }
                try write(&scanner, &json)
            }
        } catch {
            throw error.under("\(field)")
        }
        json.endArray()
        return json.raw
    }
}

extension APIError {
    /// The path of a field of a flat tool, where it stands on this wire.
    fileprivate func nested(_ kind: (Int) -> StaticString) -> APIError {
        renamed { param in
            guard param.hasPrefix("tools["), let end = param.firstIndex(of: "]"),
                let index = Int(param[param.index(param.startIndex, offsetBy: 6)..<end])
            else { return param }
            let rest = param[param.index(after: end)...]
            return rest.hasPrefix(".") ? "tools[\(index)].\(kind(index))\(rest)" : param
        }
    }
}
