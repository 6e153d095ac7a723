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
        } catch let problem as Problem {
            return problem.response(requestID: context.requestID)
        } catch let error as HTTPParserError {
            // The bytes were no HTTP: the server below answers 400 and closes.
            throw error
        } catch {
            return problem(of: error, request: request, context: context).response(requestID: context.requestID)
        }
    }

    private func problem(of error: any Error, request: Request, context: OliverRequestContext) -> Problem {
        switch error {
        case let error as HTTPError:
            if error.status == .notFound, context.endpointPath == RouteTable.unmatched {
                return routes.problem(forUnmatched: request)
            }
            return .ofStatus(error.status, detail: error.body)
        case is NIOTooManyBytesError:
            return .tooLarge("The body is larger than \(context.maxBodySize) bytes.")
        case is CancellationError:
            return .unavailable("The server is stopping.")
        case let error as any HTTPResponseError:
            return .ofStatus(error.status, detail: nil)
        default:
            context.logger.error("request failed", error: error, metadata: ["http.path": .string(request.uri.path)])
            return .internalError()
        }
    }
}
