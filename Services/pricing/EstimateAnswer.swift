internal import Domain
internal import PriceBook
internal import ServiceRuntime
internal import Wire

/// Writes one item of an estimate's answer (`api.md`, Estimating).
enum EstimateAnswer {
    static func write(_ explanation: CostExplanation, to writer: inout JSONWriter) {
        let cost = explanation.cost
        writer.beginObject()
        writer.member("status", cost.state.name)
        writer.key("cost_usd")
        if let money = cost.money { writer.string(money.usd) } else { writer.null() }
        writer.key("exact_cost_usd")
        if let exact = explanation.exactCost { writer.string(exact) } else { writer.null() }
        writer.key("components")
        writer.beginArray()
        for component in explanation.components { write(component, to: &writer) }
        writer.endArray()
        if !cost.unpriced.isEmpty { write(cost.unpriced, to: &writer) }
        if cost.provenance.multiplier != Provenance.unitMultiplier {
            writer.member("multiplier", cost.provenance.multiplierText)
            writer.key("multiplier_keys")
            writer.beginArray()
            for key in explanation.multiplierKeys { writer.string(key) }
            writer.endArray()
        }
        writer.key("provenance")
        write(cost.provenance, to: &writer)
        writer.endObject()
    }

    static func write(_ problem: Problem, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("status", "invalid")
        writer.key("cost_usd")
        writer.null()
        writer.key("problem")
        problem.write(to: &writer)
        writer.endObject()
    }

    private static func write(_ component: CostComponent, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("component", component.component)
        writer.member("quantity", component.quantity)
        writer.key("rate_key")
        if let key = component.rateKey { writer.string(key) } else { writer.null() }
        writer.member("unit_price", component.unitPrice)
        writer.member("cost", component.cost)
        writer.endObject()
    }

    private static func write(_ unpriced: [UnpricedQuantity], to writer: inout JSONWriter) {
        writer.key("unpriced_quantities")
        writer.beginArray()
        for quantity in unpriced {
            writer.beginObject()
            writer.member("quantity", quantity.quantity)
            writer.member("reason", quantity.reason.name)
            writer.endObject()
        }
        writer.endArray()
    }

    private static func write(_ provenance: Provenance, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("source", provenance.source.name)
        writer.key("price_version")
        if provenance.priceVersion != 0 { writer.string(provenance.priceVersionText) } else { writer.null() }
        writer.key("key")
        if provenance.key.isEmpty { writer.null() } else { writer.string(provenance.key) }
        writer.key("rules")
        writer.beginArray()
        for rule in provenance.rules.names { writer.string(rule) }
        writer.endArray()
        writer.key("flags")
        writer.beginArray()
        for flag in provenance.flags.names { writer.string(flag) }
        writer.endArray()
        if let volume = provenance.startVolume { writer.member("start_volume", Amount(millionths: volume).text) }
        writer.endObject()
    }
}

extension Problem {
    /// The problem of an item with faulty fields.
    static func invalidItem(_ faults: FieldProblems) -> Problem {
        .invalid(faults.problems.map { InvalidParameter($0.name, code: $0.code.rawValue, detail: $0.detail) })
    }
}
