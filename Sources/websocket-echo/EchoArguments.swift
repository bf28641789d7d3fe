import LibC

/// What was asked for on the command line.
struct EchoArguments {
    var host = "127.0.0.1"
    var port = 9001

    enum Parsed {
        case success(EchoArguments)
        case failure(String)
        case help
    }

    static func parse(_ words: ArraySlice<String>) -> Parsed {
        var arguments = EchoArguments()
        var words = words
        while let word = words.popFirst() {
            switch word {
            case "--help", "-h":
                return .help
            case "--host":
                guard let host = words.popFirst() else { return .failure("--host needs an address") }
                arguments.host = host
            case "--port":
                guard let port = words.popFirst().flatMap({ UInt16($0) }) else {
                    return .failure("--port needs a number from 0 to 65535")
                }
                arguments.port = Int(port)
            default:
                return .failure("unknown argument '\(word)'")
            }
        }
        return .success(arguments)
    }
}

/// Writes a line to standard output at once; `print` would buffer it when the output is a pipe.
func say(_ text: String) { write(text, to: STDOUT_FILENO) }

/// Writes a line for a person to standard error.
func complain(_ text: String) { write(text, to: STDERR_FILENO) }

private func write(_ text: String, to descriptor: Int32) {
    let line = Array((text + "\n").utf8)
    // A reader that went away is not an error here.
    _ = write(descriptor, line, line.count)
}

func exitProcess(_ code: Int32) -> Never { exit(code) }
