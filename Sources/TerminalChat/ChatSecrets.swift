import ChildProcess

/// Keeps what this process was started with from the tools that it starts, which run as the same user.
package enum ChatSecrets {
    /// Forgets the secrets among the variables and covers the key among the arguments, in the memory that the system shows to
    /// others, and denies others to read this process. Call once the options are read, before there are other threads.
    ///
    /// - Parameters:
    ///   - passed: variables that tools get all the same.
    ///   - flag: how the user gives the key as an argument.
    package static func hide(passing passed: [String], keyFlag flag: String) {
        StartMemory.removeVariables { ToolEnvironment.isSecret($0) && !passed.contains($0) }
        StartMemory.coverArguments(after: flag)
        StartMemory.denyReading()
    }
}
