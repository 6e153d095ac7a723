internal import Hummingbird
internal import ServiceRuntime

/// Tells the client what the store says.
func answering(_ answer: () async throws -> Response) async throws -> Response {
    do {
        return try await answer()
    } catch let error as AlertError {
        switch error.code {
        case .notFound: throw Problem.notFound(error.message)
        case .conflict, .outdated: throw Problem.conflict(error.message)
        default: throw Problem.unavailable("The alerts cannot be reached at the moment.", retryAfter: .seconds(2))
        }
    }
}
