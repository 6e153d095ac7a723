internal import Directory
internal import HTTPTypes
internal import Hummingbird
internal import ServiceRuntime

/// Tells the client what the directory and sign-in say.
func answering(_ answer: () async throws -> Response) async throws -> Response {
    do {
        return try await answer()
    } catch let refusal as SignInDesk.Refusal {
        throw refusal.problem
    } catch let error as DirectoryError {
        throw error.problem
    }
}

extension DirectoryError {
    /// The answer to a client.
    var problem: Problem {
        switch code {
        case .conflict, .lastOwner: .conflict(sentence)
        case .notFound: .notFound(sentence)
        case .invalid:
            Problem(
                "invalid-parameters",
                status: .unprocessableContent,
                title: "Some fields are not valid",
                detail: sentence
            )
        case .outdated:
            Problem(
                "precondition-failed",
                status: .preconditionFailed,
                title: "It has changed since it was read",
                detail: sentence
            )
        default: .unavailable("The directory cannot be reached at the moment.", retryAfter: .seconds(2))
        }
    }

    private var sentence: String { message.prefix(1).uppercased() + message.dropFirst() + "." }
}

extension Request {
    private static let bodyLimit = 64 << 10

    // Never inlined: the optimizer of Swift 6.3.1 crashes on some routes when it is (splitting a coroutine with an error).

    /// The body as a JSON value.
    @inline(never)
    func json() async throws -> JSONValue {
        try requireJSON()
        return try JSONValue(body: Array(buffer: try await readBody(limit: Self.bodyLimit)))
    }

    /// The body as a JSON value; an empty object when there is none.
    @inline(never)
    func jsonIfAny() async throws -> JSONValue {
        let bytes = Array(buffer: try await readBody(limit: Self.bodyLimit))
        guard !bytes.isEmpty else { return [:] }
        try requireJSON()
        return try JSONValue(body: bytes)
    }

    /// The version that `If-Match` names; nil when there is no such header, or when any version will do.
    ///
    /// - Throws: A 422 problem when it is no `ETag` of ours.
    func expectedVersion() throws(Problem) -> Int64? {
        guard let text = headers[.ifMatch], text != "*" else { return nil }
        let digits = text.hasPrefix("\"") && text.hasSuffix("\"") ? text.dropFirst().dropLast() : text[...]
        guard let version = Int64(digits) else {
            throw .invalid("If-Match", code: "invalid_format", detail: "must be the ETag of what is changed")
        }
        return version
    }

    /// The version that an edit was made from: without one it could undo what somebody else has just done.
    ///
    /// - Throws: A 428 problem without `If-Match`.
    func requiredVersion() throws(Problem) -> Int64? {
        guard headers[.ifMatch] != nil else {
            throw Problem(
                "precondition-required",
                status: .preconditionRequired,
                title: "The edit must say what it was made from",
                detail: "Send the ETag of what was read as If-Match."
            )
        }
        return try expectedVersion()
    }

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

extension FieldReader {
    /// A text that a PATCH sets, or takes away with null; nil when it is absent.
    mutating func change(_ name: String) -> String?? {
        has(name) ? .some(self.name(name)) : nil
    }

    /// A whole number; nil when it is absent.
    mutating func number(_ name: String) -> Int? {
        guard let value = self[name] else { return nil }
        guard let number = value.numberText.flatMap({ Int($0) }) else {
            fault(name, "type", "must be a whole number")
            return nil
        }
        return number
    }

    /// True or false; nil when it is absent.
    mutating func flag(_ name: String) -> Bool? {
        guard let value = self[name] else { return nil }
        guard case .bool(let flag) = value else {
            fault(name, "type", "must be true or false")
            return nil
        }
        return flag
    }

    /// One of some words; nil when it is absent.
    mutating func word<Word: RawRepresentable & CaseIterable>(_ name: String, _ type: Word.Type) -> Word?
    where Word.RawValue == String {
        guard let value = self[name] else { return nil }
        guard let word = value.text.flatMap({ Word(rawValue: $0) }) else {
            let words = Word.allCases.map(\.rawValue).joined(separator: ", ")
            fault(name, "unknown_value", "must be one of \(words)")
            return nil
        }
        return word
    }

    /// Refuses members that cannot be changed.
    mutating func fix(_ names: [String]) {
        for name in names where self[name] != nil { fault(name, "immutable", "cannot be changed") }
    }
}
