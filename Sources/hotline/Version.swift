/// The version of the program, as `--version` and reports say it.
enum Version {
    static let current = "0.1.0"
}
