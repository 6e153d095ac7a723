import FoundationEssentials
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
