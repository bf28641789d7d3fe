extension ToolSet {
    package var byteCount: Int { 4 * json.bytes.count }
}
