import FoundationEssentials
import HTTPTypes
package import Hummingbird
import NIOCore

extension Request {
    /// Reads the whole body.
    ///
    /// More than `limit` bytes are a 413 problem, before anything is read when the length is declared.
    ///
    /// - Throws: ``Problem``, or the connection's error when the client went away.
    package func readBody(limit: Int) async throws -> ByteBuffer {
        let declared = headers.value(of: .contentLength).flatMap { Int($0) }
        if let declared, declared > limit {
            throw Problem.tooLarge("The body has \(declared) bytes, more than \(limit).")
        }
        var collected = ByteBuffer()
        for try await part in body {
            guard part.readableBytes <= limit - collected.readableBytes else {
                throw Problem.tooLarge("The body is larger than \(limit) bytes.")
            }
            if collected.readableBytes == 0 {
                // Most bodies arrive in one part: no copy.
                collected = part
                if let declared {
                    collected.reserveCapacity(declared)
                }
            } else {
                collected.writeImmutableBuffer(part)
            }
        }
        // A client that dies half way must not have half of its events recorded.
        if let declared, declared != collected.readableBytes {
            throw Problem.badRequest("The body is shorter than its declared length.")
        }
        return collected
    }

    /// Reads and decodes a JSON body.
    ///
    /// - Throws: ``Problem``: 400 when it is no JSON, 413, 415, 422 with the field that does not fit.
    package func decodeJSON<Value: Decodable>(_ type: Value.Type, limit: Int) async throws -> Value {
        try requireJSON()
        let buffer = try await readBody(limit: limit)
        do {
            return try JSONDecoder().decode(type, from: Data(buffer.readableBytesView))
        } catch let error as DecodingError {
            throw Problem(error)
        }
    }

    // Never inlined: the optimizer of Swift 6.3.1 crashes on some routes when it is (splitting a coroutine with an error).

    /// Reads a JSON body as a value.
    ///
    /// - Throws: ``Problem``: 400 when it is no JSON, 413, 415.
    @inline(never)
    package func json(limit: Int = 64 << 10) async throws -> JSONValue {
        try requireJSON()
        return try JSONValue(body: Array(buffer: try await readBody(limit: limit)))
    }

    /// Reads a JSON body as a value; an empty object when there is none.
    ///
    /// - Throws: As ``json(limit:)``.
    @inline(never)
    package func jsonIfAny(limit: Int = 64 << 10) async throws -> JSONValue {
        let bytes = Array(buffer: try await readBody(limit: limit))
        guard !bytes.isEmpty else { return [:] }
        try requireJSON()
        return try JSONValue(body: bytes)
    }

    /// Checks that the body is declared as JSON, or not declared at all.
    package func requireJSON() throws(Problem) {
        guard let declared = headers.value(of: .contentType) else { return }
        let mediaType = declared.prefix { $0 != ";" }.trimmingSpaces().lowercased()
        let isJSON =
            mediaType == "application/json" || (mediaType.hasPrefix("application/") && mediaType.hasSuffix("+json"))
        guard isJSON else {
            throw .unsupportedMediaType("The body must be sent as application/json, not \(mediaType.prefix(100)).")
        }
    }
}

extension Problem {
    /// The problem of a body that does not decode.
    init(_ error: DecodingError) {
        switch error {
        case .keyNotFound(let key, let context):
            self = .invalid(path(context.codingPath + [key]), code: "required", detail: "is missing")
        case .valueNotFound(_, let context):
            self = .invalid(path(context.codingPath), code: "required", detail: "must not be null")
        case .typeMismatch(let type, let context):
            self = .invalid(path(context.codingPath), code: "type", detail: "must be \(name(of: type))")
        case .dataCorrupted(let context) where !context.codingPath.isEmpty:
            self = .invalid(path(context.codingPath), code: "invalid", detail: "is not valid")
        default:
            self = .badRequest("The body is not valid JSON.")
        }
    }
}

/// A field's path: `teams[3].name`; the body itself is `body`.
private func path(_ keys: [any CodingKey]) -> String {
    var text = ""
    for key in keys {
        if let index = key.intValue {
            text += "[\(index)]"
        } else {
            text += text.isEmpty ? key.stringValue : ".\(key.stringValue)"
        }
    }
    return text.isEmpty ? "body" : text
}

private func name(of type: any Any.Type) -> String {
    switch type {
    case is String.Type: "a string"
    case is Bool.Type: "true or false"
    case is any BinaryInteger.Type: "a whole number"
    case is any BinaryFloatingPoint.Type: "a number"
    case is any RangeReplaceableCollection.Type: "a list"
    default: "an object"
    }
}
