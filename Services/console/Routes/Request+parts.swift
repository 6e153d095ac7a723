internal import Access
internal import HTTPTypes
internal import Hummingbird
internal import ServiceRuntime

extension Request {
    /// A parameter of the query that must be there.
    func parameter(_ name: String) throws(Problem) -> String {
        guard let text = optionalParameter(name) else {
            throw .invalid(name, code: "required", detail: "is missing")
        }
        guard (1...512).contains(text.utf8.count), !text.utf8.contains(0) else {
            throw .invalid(name, code: "out_of_range", detail: "must have 1 to 512 bytes")
        }
        return text
    }

    /// A parameter of the query; nil when it is absent or empty.
    func optionalParameter(_ name: String) -> String? {
        query(name).flatMap { $0.isEmpty ? nil : $0 }
    }
}

extension Response {
    /// One object with its version as `ETag`.
    static func object(_ document: JSONValue, version: Int64, created path: String? = nil) -> Response {
        var headers: HTTPFields = [.eTag: "\"\(version)\""]
        if let path { headers[.location] = path }
        return .json(document, status: path == nil ? .ok : .created, headers: headers)
    }
}

extension Authenticator {
    /// The workspace that a request is about, and who may do in it what the request needs.
    ///
    /// A caller of one workspace need not name it.
    ///
    /// - Throws: A problem: 401, 403, or 422 when it is not named.
    func workspace(
        of request: Request,
        needing permission: Permission
    ) async throws -> (workspace: String, caller: Caller) {
        let caller = try await caller(of: request, needing: permission)
        return (try caller.required(request.optionalParameter("workspace")), caller)
    }
}

extension OliverRequestContext {
    /// The id in the path, decoded.
    ///
    /// - Throws: A 404 problem.
    func id() throws(Problem) -> String {
        guard let id = parameters.get("id")?.removingPercentEncoding, !id.isEmpty, !id.utf8.contains(0) else {
            throw .notFound("There is nothing at this path.")
        }
        return id
    }
}

extension String {
    /// The text with its percent escapes decoded; nil when they are no UTF-8.
    fileprivate var removingPercentEncoding: String? {
        var bytes: [UInt8] = []
        var rest = utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.popFirst(), let low = rest.popFirst(),
                let value = UInt8(String(decoding: [high, low], as: UTF8.self), radix: 16)
            else { return nil }
            bytes.append(value)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
