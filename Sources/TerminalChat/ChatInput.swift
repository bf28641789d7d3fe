/// What a typed line asks for.
enum ChatInput: Hashable, Sendable {
    case nothing
    case question(String)
    case command(ChatVerb, argument: String)
    case unknown(String, suggestion: ChatVerb?)
    case missing(ChatVerb)
    case superfluous(ChatVerb)

    init(_ line: String) {
        let text = line.trimmed
        guard line.hasPrefix("/"), let name = text.split(whereSeparator: \.isWhitespace).first.map(String.init),
            // A path is a question's first word, not a command.
            !name.dropFirst().contains("/")
        else {
            self = text.isEmpty ? .nothing : .question(text)
            return
        }
        guard let verb = ChatVerb(rawValue: String(name.dropFirst())) else {
            self = .unknown(name, suggestion: ChatVerb.nearest(to: String(name.dropFirst())))
            return
        }
        let argument = String(text.dropFirst(name.count)).trimmed
        switch verb.argument {
        case .none where !argument.isEmpty: self = .superfluous(verb)
        case .needed where argument.isEmpty: self = .missing(verb)
        default: self = .command(verb, argument: argument)
        }
    }
}
