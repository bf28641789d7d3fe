/// What items that are only passed on must have besides `type` (responses-api 4).
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
        "web_search_call": ["id"],
        "file_search_call": ["id", "queries"],
        "code_interpreter_call": ["id", "container_id"],
        "image_generation_call": ["id"],
        "mcp_list_tools": ["server_label", "tools"],
        "mcp_call": ["server_label", "name", "arguments"],
        "mcp_approval_request": ["server_label", "name", "arguments"],
        "mcp_approval_response": ["approval_request_id", "approve"],
    ]
}
