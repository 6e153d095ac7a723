import ArgumentParser
import HTTPTypes
import Hummingbird
import LocalServers
import NIOCore
import ServiceRuntime
import Synchronization
import TestSupport

@testable import OliverCommands

/// A real HTTP server with routes of a test, which keeps what it was asked.
final class APIServer: Sendable {
    /// A request as it came.
    struct Seen: Sendable {
        var method: String
        var target: String
        var headers: HTTPFields
        var body: String
    }

    typealias Answer = @Sendable (_ number: Int, _ seen: Seen) async throws -> Response

    private let seen = Mutex<[Seen]>([])
    private let answer: Answer

    private init(_ answer: @escaping Answer) {
        self.answer = answer
    }

    /// The requests that came, in their order.
    var requests: [Seen] { seen.withLock { $0 } }

    private func respond(to request: Request) async throws -> Response {
        let body = try await request.readBody(limit: 1 << 20)
        let one = Seen(
            method: request.method.rawValue,
            target: request.head.path ?? "",
            headers: request.headers,
            body: String(buffer: body)
        )
        let number = seen.withLock { seen in
            seen.append(one)
            return seen.count
        }
        return try await answer(number, one)
    }

    /// Runs a server on a free port beside a test.
    static func with<Result: Sendable>(
        _ answer: @escaping Answer,
        _ body: @Sendable (_ server: APIServer, _ port: Int) async throws -> Result
    ) async throws -> Result {
        let api = APIServer(answer)
        let routes: @Sendable (Router<OliverRequestContext>) -> Void = { router in
            for method in [HTTPRequest.Method.get, .post, .put, .patch, .delete] {
                router.on("/**", method: method) { request, _ in try await api.respond(to: request) }
            }
        }
        return try await TestServer.with(routes: routes) { server in try await body(api, server.port) }
    }

    /// Runs a server and a data folder that says where it is, as `oliver up` does.
    static func withHome<Result: Sendable>(
        _ answer: @escaping Answer,
        _ body: @escaping @Sendable (_ server: APIServer, _ home: String) async throws -> Result
    ) async throws -> Result {
        try await with(answer) { server, port in
            try await withScratchFolder { folder in
                let home = try HomeFolder(path: "\(folder)/home")
                try home.write(testKey + "\n", to: "admin.key")
                try RunFile(httpPort: port, redisURL: "redis://", postgresURL: "postgres://").write(to: home)
                let result = try await body(server, home.path)
                withExtendedLifetime(home) {}
                return result
            }
        }
    }

    /// An answer of JSON.
    static func json(_ text: String, status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status,
            headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text))
        )
    }
}

/// A key of the right form.
let testKey = "olv_0123456789ABCDEFGHIJKLMNOPQRST"

/// A job's answer.
func jobJSON(state: String, read: Int = 10, failure: String? = nil) -> String {
    """
    {"id":"5","kind":"repricing","state":"\(state)","workspace":"acme","from":"2026-11-01T00:00:00Z",
    "to":"2026-12-01T00:00:00Z","filters":{"model":["gpt-4o"]},"reason":"r","author":"kim","key":"k",
    "progress":{"read":\(read),"changed":1,"cost_before_usd":"2.000000000000","cost_after_usd":"1.500000000000",
    "unpriced_before":0,"unpriced_after":0},"position":null,"created_at":"2026-12-01T00:00:00Z",
    "updated_at":"2026-12-01T00:00:00Z","finished_at":null\(failure.map { ",\"failure\":\"\($0)\"" } ?? "")}
    """
}

/// Runs a command against a server and says what it prints.
func output<Command: ServiceCommand>(
    _ command: Command.Type,
    _ arguments: [String],
    home: String
) async throws -> CommandOutput {
    let command = try Command.parse(arguments + ["--home", home])
    return try await command.service.use(patience: Command.patience) { try await command.output($0) }
}
