import ResponsesAPI
import ResponsesClient

/// What people read of an error.
enum ErrorSentence {
    static func of(_ error: any Error) -> String {
        switch error {
        case let error as APIError: error.message
        case let error as ClientError: error.message
        case let error as ToolFailure: error.message
        default: String(describing: error)
        }
    }
}
