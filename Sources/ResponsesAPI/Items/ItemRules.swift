/// What items that are only passed on must have besides `type` (responses-api 4). Not their ids: clients leave those of calls that
/// a server ran away (codex 6).
enum ItemRules {
    static let required: [String: [String]] = [
        "local_shell_call": ["call_id", "action"],
        "local_shell_call_output": ["output"],
        "shell_call": ["call_id", "action"],
        "shell_call_output": ["call_id", "output"],
        "apply_patch_call": ["call_id", "operation"],
        "apply_patch_call_output": ["call_id"],
        "computer_call": ["call_id"],
        "computer_call_output": ["call_id", "output"],
        "file_search_call": ["queries"],
        "code_interpreter_call": ["container_id"],
        "mcp_list_tools": ["server_label", "tools"],
        "mcp_call": ["server_label", "name", "arguments"],
        "mcp_approval_request": ["server_label", "name", "arguments"],
        "mcp_approval_response": ["approval_request_id", "approve"],
    ]
}
