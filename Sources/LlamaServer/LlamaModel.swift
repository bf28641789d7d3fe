/// A model file, and how it is to be served.
package struct LlamaModel: Sendable, Hashable {
    /// The GGUF file; of a model in several the first.
    package var path: String
    /// What clients call it.
    package var name: String
    /// A chat template to use instead of the file's own.
    package var templatePath: String?
    /// llama.cpp's own variables for what is not named here, such as `LLAMA_ARG_TEMPERATURE`.
    package var variables: [String: String] = [:]

    /// - Parameter name: by default the file's, without its folder and ending.
    package init(path: String, name: String? = nil) {
        self.path = path
        let file = path.split(separator: "/").last.map(String.init) ?? path
        self.name = name ?? (file.lowercased().hasSuffix(".gguf") ? String(file.dropLast(5)) : file)
    }

    /// What the server is told, all by variables: builds that do not know one go without it, where they would refuse an argument.
    ///
    /// - Parameters:
    ///   - given: the variables of this process. llama.cpp's own among them are kept, but for where it listens.
    ///   - key: what a request must carry, as the port can be reached by every program of this machine.
    func environment(given: [String: String], port: Int, key: String, _ limits: LlamaLimits) -> [String: String] {
        // Ours hold keys of clients and engines.
        var all = given.filter { !$0.key.hasPrefix("HOTLINE_") }
        let slots = given["LLAMA_ARG_N_PARALLEL"].flatMap { Int($0) }.flatMap { (1...1024).contains($0) ? $0 : nil } ?? limits.slots
        let usual = [
            // The context is that of all slots together.
            "LLAMA_ARG_N_PARALLEL": "\(slots)", "LLAMA_ARG_CTX_SIZE": "\(slots * limits.contextTokens)",
            "LLAMA_ARG_CACHE_RAM": "\(limits.promptCacheMiB)",
            // Errors alone: its warnings quote what a model wrote.
            "LLAMA_ARG_LOG_VERBOSITY": "1", "LLAMA_ARG_LOG_COLORS": "off", "LLAMA_ARG_JINJA": "true",
        ].merging(variables) { $1 }
        all.merge(usual) { given, _ in given }
        let ours = [
            "LLAMA_ARG_MODEL": path, "LLAMA_ARG_ALIAS": name, "LLAMA_ARG_HOST": "127.0.0.1", "LLAMA_ARG_PORT": "\(port)",
            "LLAMA_API_KEY": key, "LLAMA_ARG_CHAT_TEMPLATE_FILE": templatePath,
        ]
        for (name, value) in ours { if let value { all[name] = value } }
        return all
    }
}
