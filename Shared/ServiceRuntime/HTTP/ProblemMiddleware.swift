import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NIOHTTP1

/// Turns every error of a route into a problem answer.
struct ProblemMiddleware: RouterMiddleware {
    typealias Context = OliverRequestContext

    let routes: RouteTable

    func handle(
        _ request: Request,
        context: OliverRequestContext,
        next: @concurrent (Request, OliverRequestContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as HTTPError where error.status == .notFound && context.endpointPath == RouteTable.unmatched {
            return routes.problem(forUnmatched: request).response(requestID: context.requestID)
        } catch {
            let problem = try Problem.telling(of: error, path: request.uri.path, context)
            return problem.response(requestID: context.requestID)
        }
    }
}

extension Problem {
    /// The problem that tells a client of a route's error; what is none of a client's business is logged.
    ///
    /// Routes need it only when their answers are in a form of their own: all other errors are answered by the server.
    ///
    /// - Throws: The error itself, when the bytes were no HTTP: the server below answers 400 and closes.
    package static func telling(of error: any Error, path: String, _ context: OliverRequestContext) throws -> Problem {
        switch error {
        case let error as any AnswerableError:
            return error.problem
        case let error as HTTPParserError:
            throw error
        case let error as HTTPError:
            return .ofStatus(error.status, detail: error.body)
        case is NIOTooManyBytesError:
            return .tooLarge("The body is larger than \(context.maxBodySize) bytes.")
        case is CancellationError:
            return .unavailable("The server is stopping.")
        case let error as any HTTPResponseError:
            return .ofStatus(error.status, detail: nil)
        default:
            context.logger.error("request failed", error: error, metadata: ["http.path": .string(path)])
            return .internalError()
        }
    }
}
