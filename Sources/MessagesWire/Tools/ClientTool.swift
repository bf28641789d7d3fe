import ResponsesAPI

/// Tools that clients run and name by type alone, as the models they were made for know them; others are told their parameters
/// (anthropic-messages 5.1).
struct ClientTool: Sendable {
    let name: String
    let description: JSONText
    let schema: RawJSON

    /// Nil for a type that is none of them.
    init?(type: String) {
        switch type {
        case _ where type.hasPrefix("bash_2"): (name, description, schema) = ("bash", Self.bashText, Self.bash)
        case "text_editor_20241022", "text_editor_20250124":
            (name, description, schema) = ("str_replace_editor", Self.editorText, Self.editor(canUndo: true))
        case _ where type.hasPrefix("text_editor_2"):
            (name, description, schema) = ("str_replace_based_edit_tool", Self.editorText, Self.editor(canUndo: false))
        case _ where type.hasPrefix("memory_2"): (name, description, schema) = ("memory", Self.memoryText, Self.memory)
        default: return nil
        }
    }

    private static let bashText: JSONText =
        "Runs a command in a bash session that stays open between calls, and returns what it prints."

    private static let bash: RawJSON = """
        {"type":"object","properties":{\
        "command":{"type":"string","description":"The command to run. Needed unless restart is true."},\
        "restart":{"type":"boolean","description":"True ends the session and begins a new one."}}}
        """

    private static let editorText: JSONText =
        "Views, creates and edits text files. A replacement needs a text that is in the file exactly once."

    private static func editor(canUndo: Bool) -> RawJSON {
        let commands = #""view","create","str_replace","insert""# + (canUndo ? #","undo_edit""# : "")
        return RawJSON(
            validated: Array(
                """
                {"type":"object","properties":{\
                "command":{"type":"string","enum":[\(commands)]},\
                "path":{"type":"string","description":"The absolute path of the file, or of a directory to view."},\
                "view_range":{"type":"array","items":{"type":"integer"},"description":"For view: the first and the last line, counted from 1; \
                -1 for the end."},\
                "file_text":{"type":"string","description":"For create: the file's text."},\
                "old_str":{"type":"string","description":"For str_replace: the text to replace."},\
                "new_str":{"type":"string","description":"For str_replace: what takes its place."},\
                "insert_line":{"type":"integer","description":"For insert: the line after which the text goes; 0 for the beginning."},\
                "insert_text":{"type":"string","description":"For insert: the text."}},\
                "required":["command","path"]}
                """.utf8))
    }

    private static let memoryText: JSONText =
        "Keeps notes in files under /memories that outlive this conversation. View the directory before a task, and note what will matter."

    private static let memory: RawJSON = """
        {"type":"object","properties":{\
        "command":{"type":"string","enum":["view","create","str_replace","insert","delete","rename"]},\
        "path":{"type":"string","description":"The file or directory, under /memories. For all commands but rename."},\
        "view_range":{"type":"array","items":{"type":"integer"},"description":"For view: the first and the last line."},\
        "file_text":{"type":"string","description":"For create: the file's text."},\
        "old_str":{"type":"string","description":"For str_replace: the text to replace."},\
        "new_str":{"type":"string","description":"For str_replace: what takes its place."},\
        "insert_line":{"type":"integer","description":"For insert: the line after which the text goes; 0 for the beginning."},\
        "insert_text":{"type":"string","description":"For insert: the text."},\
        "old_path":{"type":"string","description":"For rename: the present path."},\
        "new_path":{"type":"string","description":"For rename: the new path."}},\
        "required":["command"]}
        """
}
