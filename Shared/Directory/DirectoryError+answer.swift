package import ServiceRuntime

extension DirectoryError: AnswerableError {
    package var problem: Problem {
        switch code {
        case .conflict, .lastOwner: .conflict(sentence)
        case .notFound: .notFound(sentence)
        case .invalid: .invalid([], detail: sentence)
        case .outdated: .outdated(sentence)
        default: .unavailable("The directory cannot be reached at the moment.", retryAfter: .seconds(2))
        }
    }

    private var sentence: String { message.prefix(1).uppercased() + message.dropFirst() + "." }
}
