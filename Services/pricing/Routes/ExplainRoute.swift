package import Access
internal import Domain
package import Hummingbird
package import Ledger
internal import PriceBook
internal import PriceDesk
package import ServiceRuntime
internal import Wire

/// `GET /v1/explain`: one event's cost as arithmetic that a person can check, computed again from what was kept of it.
package struct ExplainRoute: Sendable {
    private let authenticator: Authenticator
    private let ledger: any LedgerStore
    private let store: any PriceStore

    package init(authenticator: Authenticator, ledger: any LedgerStore, store: any PriceStore) {
        self.authenticator = authenticator
        self.ledger = ledger
        self.store = store
    }

    /// Adds the route.
    package func add(to router: Router<OliverRequestContext>) {
        router.get("/v1/explain") { request, _ in
            try await answeringLedger { try await explain(request) }
        }
    }

    private func explain(_ request: Request) async throws -> Response {
        let caller = try await authenticator.caller(of: request, needing: .read)
        let query = try ListRequest(request, filters: ["workspace", "event_id"])
        let workspace = try caller.required(query["workspace"])
        guard let eventID = query["event_id"] else {
            throw Problem.invalid("event_id", code: "required", detail: "is missing")
        }
        let hash = EventIDHash(workspace: workspace, eventID: eventID).bytes
        guard let row = try await ledger.event(eventID, of: workspace, idHash: hash) else {
            throw Problem.notFound(
                "The ledger has no such event; one that was just accepted may be on its way."
            )
        }
        return .json(try await answer(row))
    }

    private func answer(_ row: LedgerRow) async throws -> JSONWriter {
        let event = row.priced.event
        let cost = row.current
        var writer = JSONWriter(reserving: 2_048)
        writer.beginObject()
        writer.member("event_id", event.eventID)
        writer.member("workspace", event.identity.workspace)
        writer.member("occurred_at", event.occurredAt.rfc3339)
        writer.member("provider", event.provider)
        writer.member("model", event.model)
        writer.member("operation", row.priced.operation)
        writer.key("cost_usd")
        writer.optional(cost.money?.usd)
        writer.member("cost_status", cost.state.name)
        writer.key("recorded_cost_usd")
        writer.optional(row.priced.cost.money?.usd)
        writer.member("adjustments", row.adjustments.count)
        writer.key("explanation")
        if let explanation = try await explanation(of: row) {
            EstimateAnswer.write(explanation, to: &writer)
            writer.key("verified")
            writer.bool(explanation.cost.money == cost.money)
        } else {
            writer.null()
            writer.key("verified")
            writer.bool(cost.money == nil)
        }
        writer.endObject()
        return writer
    }

    /// The present cost computed again; `nil` when there were no prices to compute it from.
    private func explanation(of row: LedgerRow) async throws -> CostExplanation? {
        let event = row.priced.event
        let provenance = row.current.provenance
        if provenance.source == .reported { return row.current.money.map { .reported($0) } }
        guard provenance.priceVersion != 0 else { return nil }
        let contents = try await store.contents([provenance.priceVersion])
        guard let content = contents[provenance.priceVersion] else { return nil }
        var request = PriceRequest(event)
        request.operation = PriceOperation(name: row.priced.operation) ?? request.operation
        request.volume = provenance.startVolume
        do {
            var explanation = try PricePlan(content: Array(content.utf8), zones: .calendars).explain(request)
            // What only the one who priced it knew: how the name was found, and that the price is younger than the event.
            explanation.cost.provenance.rules.formUnion(provenance.rules)
            explanation.cost.provenance.flags.formUnion(provenance.flags)
            return explanation
        } catch {
            throw PriceStoreError(.invalid, "The prices \(provenance.priceVersionText) cannot be read.")
        }
    }
}
