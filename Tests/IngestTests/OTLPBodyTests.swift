import FoundationEssentials
import HTTPTypes
import Hummingbird
import ServiceRuntime
import SwiftProtobuf
import Testing

@testable import Ingest

@Suite struct `An OTLP trace export` {
    @Test func `is the same in protobuf, in JSON as OTLP writes it, and in JSON as protobuf writes it`() throws {
        func json(_ trace: String, _ span: String, _ code: String) -> String {
            #"""
            {"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"s"}}]},
            "scopeSpans":[{"scope":{"name":"x"},"schemaUrl":"u","spans":[{"traceId":"\#(trace)","spanId":"\#(span)",
            "parentSpanId":"","name":"chat","kind":3,"startTimeUnixNano":"1795428000000000000","endTimeUnixNano":1795428001000000000,
            "attributes":[{"key":"n","value":{"intValue":"7"}},{"key":"m","value":{"intValue":7}},
            {"key":"a","value":{"arrayValue":{"values":[{"stringValue":"x"}]}}}],"status":{"code":\#(code)},"newField":{}}]}]}]}
            """#
        }
        let hex = json("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331", "2")
        let base64 = json("CvdlGRbNQ92ESOshHIAxnA==", "t61rcWkgMzE=", #""STATUS_CODE_ERROR""#)
        for text in [hex, base64] {
            let request = try OTLPEncoding.json.decode(Array(text.utf8))
            let span = try #require(request.resourceSpans.first?.scopeSpans.first?.spans.first)
            #expect(OTLPID.text(of: span.traceID) == "0af7651916cd43dd8448eb211c80319c")
            #expect(OTLPID.text(of: span.spanID) == "b7ad6b7169203331")
            #expect(span.status.code == .error)
            #expect(span.attributes.map(\.value.intValue) == [7, 7, 0])
            #expect(span.endTimeUnixNano - span.startTimeUnixNano == 1_000_000_000)
            let again = try OTLPEncoding.protobuf.decode(try request.serializedBytes())
            #expect(again == request)
        }
    }

    @Test func `that is none is a bad request`() {
        #expect(throws: Problem.self) { try OTLPEncoding.protobuf.decode([0xFF, 0xFF, 0xFF]) }
        #expect(throws: Problem.self) { try OTLPEncoding.json.decode(Array("[]".utf8)) }
        let deep = String(repeating: #"{"resourceSpans":["#, count: 5_000)
        #expect(throws: Problem.self) { try OTLPEncoding.json.decode(Array(deep.utf8)) }
    }

    @Test func `is read under the media types of OTLP only`() {
        #expect(OTLPEncoding(mediaType: "application/x-protobuf") == .protobuf)
        #expect(OTLPEncoding(mediaType: "application/json") == .json)
        #expect(OTLPEncoding(mediaType: "text/plain") == nil)
        #expect(OTLPEncoding(mediaType: nil) == nil)
    }
}

@Suite struct `A problem with a trace export` {
    @Test func `is a status of gRPC in the encoding of the request`() throws {
        let problem = Problem.invalid("usage.input_tokens", code: "out_of_range", detail: "must be more")
        let binary = try problem.response(in: .protobuf)
        #expect(binary.status == .unprocessableContent)
        #expect(binary.headers[.contentType] == "application/x-protobuf")
        let said = try problem.rpcStatus()
        #expect(said.code == 3)
        #expect(said.message == "Some fields are not valid: usage.input_tokens: must be more")
        let again = try RPCStatus(serializedBytes: said.serializedBytes() as [UInt8])
        let violation = try #require(try RPCBadRequest(unpackingAny: again.details[0]).fieldViolations.first)
        #expect(violation.field == "usage.input_tokens")
        #expect(violation.description_p == "must be more")
        #expect(
            String(decoding: try OTLPEncoding.json.encode(said), as: UTF8.self)
                == #"{"code":3,"message":"Some fields are not valid: usage.input_tokens: must be more","details":["#
                + #"{"@type":"type.googleapis.com/google.rpc.BadRequest","fieldViolations":"#
                + #"[{"field":"usage.input_tokens","description":"must be more"}]}]}"#
        )
    }

    @Test func `says by its status and header whether the export is to be sent again`() throws {
        let later = try Problem.unavailable("The queue is full.", retryAfter: .milliseconds(4_200)).response(in: .json)
        #expect(later.status == .serviceUnavailable)
        #expect(later.headers[.retryAfter] == "5")
        let limited = try Problem.rateLimited(retryAfter: .seconds(1)).response(in: .protobuf)
        #expect(limited.status == .tooManyRequests)
        #expect(limited.headers[.retryAfter] == "1")
        let wrong = try Problem.badRequest("no").response(in: .protobuf)
        #expect(wrong.status == .badRequest)
        #expect(wrong.headers[.retryAfter] == nil)
        #expect(try Problem.unauthorized("no").response(in: .json).headers[.wwwAuthenticate] != nil)
    }
}
