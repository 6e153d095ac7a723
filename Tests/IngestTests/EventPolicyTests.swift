import Access
import Domain
import Ingest
import Testing
import Wire

private let now = Timestamp(seconds: 1_795_428_000)
private let policy = EventPolicy(acceptedPast: .seconds(400 * 86_400), acceptedFuture: .seconds(3_600))

private func event(_ members: String) throws -> ReportedEvent {
    let body = try RecordBody(json: Array(#"{"provider":"p","model":"m","usage":{}\#(members)}"#.utf8), limit: 1)
    guard case .event(let event)? = body.items.first else { throw WireError("the sample is no event") }
    return event
}

private func decide(
    _ members: String,
    bound: String? = nil,
    mayReportCost: Bool = false
) throws -> String {
    try policy.workspace(
        of: try event(members),
        poster: .init(reach: Reach(workspace: bound), mayReportCost: mayReportCost),
        now: now,
        isKnown: { $0 == "acme" }
    )
}

private func code(_ members: String, bound: String? = nil) -> FieldProblem.Code? {
    do {
        _ = try decide(members, bound: bound)
        return nil
    } catch EventPolicy.Refusal.invalid(let faults) {
        return faults.problems.first?.code
    } catch {
        return nil
    }
}

@Suite struct `An event policy` {
    @Test func `counts an event in the key's workspace, or in the one it names`() throws {
        #expect(try decide("", bound: "growth") == "growth")
        #expect(try decide(#","workspace":"growth""#, bound: "growth") == "growth")
        #expect(try decide(#","workspace":"acme""#) == "acme")
    }

    @Test func `refuses a foreign, an unknown and a missing workspace`() throws {
        #expect(throws: EventPolicy.Refusal.self) { try decide(#","workspace":"acme""#, bound: "growth") }
        #expect(code(#","workspace":"nowhere""#) == .unknownWorkspace)
        #expect(code("") == .missing)
    }

    @Test(arguments: [
        ("0000-01-01T00:00:00Z", false), ("2200-01-01T00:00:00Z", false), ("2025-10-19T09:59:59Z", false),
        ("2025-10-19T10:00:00Z", true), ("2026-11-23T11:00:00Z", true), ("2026-11-23T11:00:00.000001Z", false),
    ])
    func `accepts times within its window, bounds included`(_ time: String, _ isAccepted: Bool) {
        #expect(code(#","occurred_at":"\#(time)""#, bound: "acme") == (isAccepted ? nil : .outOfRange))
    }

    @Test func `lets only keys with the scope bring a cost`() throws {
        let cost = #","cost_usd":"1""#
        #expect(try decide(cost, bound: "acme", mayReportCost: true) == "acme")
        #expect(
            throws: EventPolicy.Refusal.forbidden("A key needs the scope 'report_cost' to bring its own 'cost_usd'.")
        ) {
            try decide(cost, bound: "acme")
        }
    }
}
