package import Access
package import Directory
internal import Domain
internal import HTTPTypes
package import Hummingbird
package import ServiceRuntime

/// `/v1/audit`: who did what, and whether the log is whole.
package struct AuditRoutes: Sendable {
    private let authenticator: Authenticator
    private let log: AuditLog

    private static let filters: Set<String> = ["workspace", "actor", "action", "target", "from", "to"]
    private static let exportPage = 500

    package init(authenticator: Authenticator, log: AuditLog) {
        self.authenticator = authenticator
        self.log = log
    }

    /// Adds the routes.
    package func add(to router: Router<OliverRequestContext>) {
        router.get("/v1/audit") { request, _ in try await list(request) }
        router.get("/v1/audit/export") { request, _ in try await export(request) }
        router.get("/v1/audit/verify") { request, _ in try await verify(request) }
    }

    private func list(_ request: Request) async throws -> Response {
        let caller = try await authenticator.caller(of: request, needing: .audit)
        let query = try ListRequest(request, filters: Self.filters)
        let found = try await log.page(
            try AuditQuery(query, caller),
            after: try query.idBefore(),
            limit: query.limit + 1
        )
        return query.answer(found, cursor: { String($0.id) }) { $1.write(to: &$0) }
    }

    /// All that is asked for, oldest first, a line of JSON for each.
    private func export(_ request: Request) async throws -> Response {
        let caller = try await authenticator.caller(of: request, needing: .audit)
        let query = try AuditQuery(try ListRequest(request, filters: Self.filters), caller)
        let log = log
        // The first page before the answer begins, so that it can still say that the log cannot be read.
        let first = try await log.page(query, .oldestFirst, limit: Self.exportPage)
        return Response(
            status: .ok,
            headers: [
                .contentType: "application/x-ndjson",
                .contentDisposition: "attachment; filename=\"oliver-audit.ndjson\"",
            ],
            body: ResponseBody { writer in
                var page = first
                while !page.isEmpty {
                    try await writer.write(ByteBuffer(bytes: Self.lines(page)))
                    guard page.count == Self.exportPage, let last = page.last else { break }
                    page = try await log.page(query, .oldestFirst, after: last.id, limit: Self.exportPage)
                }
                try await writer.finish(nil)
            }
        )
    }

    private static func lines(_ page: [AuditRecord]) -> [UInt8] {
        page.reduce(into: []) { bytes, record in
            var writer = JSONWriter(reserving: 1_024)
            record.write(to: &writer)
            bytes += writer.bytes
            bytes.append(UInt8(ascii: "\n"))
        }
    }

    /// Computes a chain again: a workspace's, or the installation's when none is named.
    private func verify(_ request: Request) async throws -> Response {
        let caller = try await authenticator.caller(of: request, needing: .audit)
        let workspace = try caller.named(request.optionalParameter("workspace"))
        var expected: AuditPosition?
        if let text = request.optionalParameter("sequence") {
            guard let sequence = Int64(text), sequence > 0 else {
                throw Problem.invalid("sequence", code: "out_of_range", detail: "must be the number of an entry")
            }
            expected = AuditPosition(sequence: sequence, hash: try request.parameter("hash"))
        }
        let found = try await log.verify(workspace, expecting: expected)
        var writer = JSONWriter()
        found.write(to: &writer)
        return .json(writer)
    }
}

extension AuditQuery {
    fileprivate init(_ query: ListRequest, _ caller: Caller) throws(Problem) {
        self.init(
            workspaces: try caller.listed(query["workspace"]),
            actor: query["actor"],
            action: query["action"],
            target: query["target"],
            from: try query.time("from"),
            to: try query.time("to")
        )
    }
}

extension ListRequest {
    fileprivate func time(_ name: String) throws(Problem) -> Timestamp? {
        guard let text = self[name] else { return nil }
        guard let time = Timestamp(query: text) else {
            throw .invalid(name, code: "invalid_format", detail: "must be an RFC 3339 date-time")
        }
        return time
    }
}
