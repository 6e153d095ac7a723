import FoundationEssentials
package import HTTPTypes
package import Hummingbird

extension Response {
    /// An answer with a JSON body, from a value.
    package static func json(
        _ value: JSONValue,
        status: HTTPResponse.Status = .ok,
        headers: HTTPFields = [:]
    ) -> Response {
        var writer = JSONWriter()
        writer.value(value)
        return json(writer, status: status, headers: headers)
    }

    /// An answer with a JSON body, already written.
    package static func json(
        _ writer: JSONWriter,
        status: HTTPResponse.Status = .ok,
        headers: HTTPFields = [:]
    ) -> Response {
        json(buffer: ByteBuffer(bytes: writer.bytes), status: status, headers: headers)
    }

    /// An answer with a JSON body, already in a buffer.
    package static func json(
        buffer: ByteBuffer,
        status: HTTPResponse.Status = .ok,
        headers: HTTPFields = [:]
    ) -> Response {
        var headers = headers
        headers[.contentType] = "application/json"
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: buffer))
    }

    /// An answer with a JSON body, encoded with ordered keys.
    ///
    /// For paths where speed does not matter.
    package static func json(
        encoding value: some Encodable,
        status: HTTPResponse.Status = .ok,
        headers: HTTPFields = [:]
    ) throws -> Response {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return json(buffer: ByteBuffer(bytes: try encoder.encode(value)), status: status, headers: headers)
    }
}
