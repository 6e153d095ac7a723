import HTTPTypes
import ServiceRuntime
import SwiftProtobuf
import Testing

@testable import Ingest

/// Marks that bringing a text into normal form sorts one by one.
private let marks = String(repeating: "\u{301}\u{316}", count: 150_000)
/// Flags that have no end: where a character begins is known from the front only.
private let flags = String(repeating: "\u{1F1E6}", count: 150_000)

private let call = ["gen_ai.system": "openai", "gen_ai.request.model": "gpt-4o-mini"]

private func attribute(_ name: String, _ value: String) -> OTLPKeyValue {
    OTLPKeyValue.with {
        $0.key = name
        $0.value.stringValue = value
    }
}

private func list(_ attributes: [String: String]) -> [OTLPKeyValue] {
    attributes.map { attribute($0, $1) }
}

/// The reports of an export of so many spans of one resource.
private func reports(
    of spans: Int,
    _ attributes: [OTLPKeyValue] = [],
    resource: [OTLPKeyValue] = []
) -> ReportedSpans {
    let request = OTLPExportTraceServiceRequest.with { request in
        request.resourceSpans = [
            .with { group in
                group.resource.attributes = resource
                let spans = (0..<spans).map { number in
                    let own = list(call) + [attribute("gen_ai.response.id", "\(number)")] + attributes
                    return OTLPSpan.with { $0.attributes = own }
                }
                group.scopeSpans = [.with { $0.spans = spans }]
            }
        ]
    }
    return ReportedSpans(request, settings: TraceSettings())
}

/// What work takes; the limits here are far above what is needed and far below the square of the texts' lengths.
private func time(_ work: () throws -> Void) rethrows -> Duration {
    try ContinuousClock().measure(work)
}

@Suite struct `A hostile export` {
    @Test func `has its texts cut from the front`() {
        let taken = time {
            let names = [attribute("oliver.team", flags), attribute("oliver.user", "a\u{7}" + flags)]
            let event = reports(of: 1, names).reports[0].event
            #expect(event["team"]?.text == String(repeating: "\u{1F1E6}", count: 32))
            #expect(event["user"]?.text == "a" + String(repeating: "\u{1F1E6}", count: 31))
        }
        #expect(taken < .seconds(5))
    }

    @Test func `has its resource read once, not once for each span`() {
        let tags = (0..<20_000).map { attribute("oliver.tag.\($0)", "v") }
        let others = [attribute("service.name", String(repeating: "\u{1}", count: 500_000))]
        var found = ReportedSpans(OTLPExportTraceServiceRequest(), settings: TraceSettings())
        let taken = time { found = reports(of: 2_000, resource: tags + others) }
        #expect(found.reports.count == 2_000)
        #expect(taken < .seconds(10))
    }

    @Test func `cannot make comparing its names and words slow`() {
        let taken = time {
            let names = [attribute(marks, "1"), attribute("gen_ai.operation.name", marks)]
            let odd = reports(of: 1, names + [attribute("openai.response.service_tier", marks)], resource: names)
            #expect(odd.reports.count == 1)
            let provider = [attribute("gen_ai.provider.name", marks)]
            #expect(reports(of: 1, provider).reports.map(\.eventID.utf8.count) == [37])
        }
        #expect(taken < .seconds(5))
    }
}

@Suite struct `Tags of a span and its resource` {
    private func tags(_ own: [String: String], _ resource: [String: String]) -> JSONValue? {
        reports(of: 1, list(own), resource: list(resource)).reports[0].event["tags"]
    }

    @Test func `are the first sixteen by name, the span's before its resource's`() {
        let names = (10..<40).map { "oliver.tag.\($0)" }
        let resource = Dictionary(uniqueKeysWithValues: names.map { ($0, "resource") })
        let found = tags(["oliver.tag.10": "own", "oliver.tag.11": "", "oliver.tag.99": "own"], resource)
        guard case .object(let members)? = found else { return #expect(Bool(false), "no tags") }
        // An attribute of the span that says nothing hides its resource's.
        #expect(members.map(\.name) == ["10"] + (12..<27).map { "\($0)" })
        #expect(members.map(\.value) == ["own"] + Array(repeating: "resource", count: 15))
    }

    @Test func `without anything to show are none`() {
        #expect(tags([:], ["oliver.tag.a": "\u{1}\u{2}", "oliver.tag.\u{3}": "x", "other": "y"]) == nil)
    }
}

@Suite struct `A hostile CloudEvent` {
    @Test func `cannot make comparing its names and attributes slow`() throws {
        let taken = time {
            let envelope: JSONValue = [
                "specversion": "1.0", "id": "1", "source": .string(marks), "type": .string(marks),
                "traceparent": .string(marks), "data": .object([JSONValue.Member(marks, 1)]),
            ]
            #expect(throws: (any Error).self) { try CloudEvent(envelope) }
        }
        #expect(taken < .seconds(5))
    }

    @Test func `is named and traced in time that grows with its length`() throws {
        let taken = try time {
            let event = try CloudEvent([
                "specversion": "1.0", "id": "1", "source": .string(marks), "type": "oliver.usage",
                "traceparent": .string(marks), "data": .object([JSONValue.Member(marks, 1)]),
            ]).event
            #expect(event["event_id"]?.text?.utf8.count == 35)
            #expect(event["trace_id"] == nil)
        }
        #expect(taken < .seconds(5))
    }
}
