internal import FoundationEssentials
internal import ServiceRuntime
internal import SwiftProtobuf

/// A trace export's encoding: requests are read and answers written in the same.
enum OTLPEncoding {
    case protobuf, json

    /// By the media type of the request; nil for one that OTLP/HTTP does not have.
    init?(mediaType: String?) {
        switch mediaType {
        case "application/x-protobuf", "application/protobuf": self = .protobuf
        case "application/json": self = .json
        default: return nil
        }
    }

    var mediaType: String {
        switch self {
        case .protobuf: "application/x-protobuf"
        case .json: "application/json"
        }
    }

    func decode(_ bytes: [UInt8]) throws(Problem) -> OTLPExportTraceServiceRequest {
        do {
            switch self {
            case .protobuf:
                var options = BinaryDecodingOptions()
                options.discardUnknownFields = true
                return try OTLPExportTraceServiceRequest(serializedBytes: bytes, options: options)
            case .json:
                var options = JSONDecodingOptions()
                options.ignoreUnknownFields = true
                return try OTLPExportTraceServiceRequest(jsonUTF8Bytes: bytes, options: options)
            }
        } catch {
            throw .badRequest("The body is no trace export in \(mediaType).")
        }
    }

    func encode(_ answer: some Message) throws -> [UInt8] {
        switch self {
        case .protobuf: try answer.serializedBytes()
        case .json: Array(try answer.jsonUTF8Bytes() as Data)
        }
    }
}

/// Ids of traces and spans.
enum OTLPID {
    /// The id in hexadecimal digits.
    ///
    /// OTLP's JSON writes ids so, where the JSON of protocol buffers has base 64: an id of 16 or 8 bytes was then read as
    /// one of 24 or 12. Written again in base 64, that is the text as it came.
    static func text(of id: Data) -> String {
        guard id.count == 24 || id.count == 12 else { return EventName.hex(id) }
        return id.base64EncodedString().lowercased()
    }

    /// The same; nil for what OTLP calls invalid: nothing, or zeros only.
    static func valid(_ id: Data) -> String? {
        let text = text(of: id)
        return text.contains { $0 != "0" } ? text : nil
    }
}
