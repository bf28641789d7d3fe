import ResponsesAPI

/// The fixed rule by which items get ids: the prefix of the item's type, the response's random part, and a place.
///
/// `msg_<stem>_3` is the fourth output item, `msg_<stem>_i3` the fourth input item, which the client sent without an id.
/// So an id leads to its record without an index, and an item read twice has the same id (responses-api 4).
package enum ItemIDs {
    /// Where an item stands in its record.
    package enum Place: Hashable, Sendable {
        case input(Int)
        case output(Int)
    }

    /// The random part of a response's id.
    package static func stem(of id: ResponseID) -> Substring {
        id.rawValue.hasPrefix(responsePrefix) ? id.rawValue.dropFirst(responsePrefix.count) : id.rawValue[...]
    }

    /// The random part of a response's id given as UTF-8.
    package static func stem(of id: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8> {
        guard id.starts(with: responsePrefix.utf8) else { return id }
        return UnsafeBufferPointer(rebasing: id[responsePrefix.utf8.count...])
    }

    /// The id of an item that the client sent without one.
    package static func made(for item: RawJSON, at index: Int, of id: ResponseID) -> String {
        "\(prefix(ofType: item["type"]?.stringValue))\(stem(of: id))_i\(index)"
    }

    /// The id of an item that was put into a conversation without one.
    ///
    /// Its number is not the item's place, as items can be taken out.
    package static func made(for item: RawJSON, at number: Int, of id: ConversationID) -> String {
        let stem = id.rawValue.hasPrefix("conv_") ? id.rawValue.dropFirst("conv_".count) : id.rawValue[...]
        return "\(prefix(ofType: item["type"]?.stringValue))\(stem)_c\(number)"
    }

    /// What `id` would be if it was made by the rule: the stem of a response, and a place. Nothing says that either exists.
    package static func parse(_ id: String) -> (stem: Substring, place: Place)? {
        guard let first = id.firstIndex(of: "_"), let last = id.lastIndex(of: "_"), first < last else { return nil }
        let stem = id[id.index(after: first)..<last]
        var digits = id[id.index(after: last)...]
        let isInput = digits.first == "i"
        if isInput { digits.removeFirst() }
        // `Int` would read "+3" and "03" as well, which nothing made.
        guard let index = Int(digits), index >= 0, String(index) == digits else { return nil }
        return (stem, isInput ? .input(index) : .output(index))
    }

    /// The ids of responses that may have this stem.
    package static func responses(withStem stem: Substring) -> [ResponseID] {
        [ResponseID(responsePrefix + stem), ResponseID(String(stem))]
    }

    private static let responsePrefix = "resp_"

    /// The prefix of a type's ids (responses-api 4). A message may come without its type.
    package static func prefix(ofType type: String?) -> String {
        switch type {
        case nil, "message": "msg_"
        case "reasoning": "rs_"
        case "function_call": "fc_"
        case "function_call_output": "fco_"
        case "custom_tool_call", "custom_tool_call_output": "ctc_"
        case "local_shell_call", "local_shell_call_output": "lsh_"
        case "shell_call", "shell_call_output": "sh_"
        case "apply_patch_call", "apply_patch_call_output": "apc_"
        case "computer_call", "computer_call_output": "cu_"
        case "web_search_call": "ws_"
        case "file_search_call": "fs_"
        case "code_interpreter_call": "ci_"
        case "image_generation_call": "ig_"
        case "mcp_list_tools": "mcpl_"
        case "mcp_call": "mcp_"
        case "mcp_approval_request": "mcpr_"
        case "mcp_approval_response": "mcpa_"
        case "tool_search_call": "tsc_"
        case "tool_search_output": "tso_"
        case "compaction": "cmp_"
        default: "item_"
        }
    }
}
