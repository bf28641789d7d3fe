/// A switch as people write it.
enum YesNo {
    static func read(_ text: String) -> Bool? {
        switch text.lowercased() {
        case "no", "false", "off", "0": false
        case "yes", "true", "on", "1": true
        default: nil
        }
    }
}
