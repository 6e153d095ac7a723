internal import Calendars
internal import Domain
internal import Ledger
internal import ServiceRuntime

/// How insights look.
extension JSONWriter {
    mutating func write(_ anomalies: [SpendAnomaly]) {
        beginObject()
        key("items")
        beginArray()
        for anomaly in anomalies.prefix(1_000) {
            beginObject()
            member("dimension", anomaly.dimension.name)
            key("key")
            optional(anomaly.key)
            member("day", anomaly.day.text)
            member("direction", anomaly.isAbove ? "up" : "down")
            member("cost_usd", anomaly.spent.usd)
            member("expected_usd", anomaly.expected.usd)
            member("low_usd", anomaly.low.usd)
            member("high_usd", anomaly.high.usd)
            endObject()
        }
        endArray()
        endObject()
    }

    mutating func write(
        _ forecast: Forecast,
        for period: Period,
        until end: Timestamp,
        at now: Timestamp,
        from day: CivilDate
    ) {
        beginObject()
        member("period", period.name)
        member("start", period.start.rfc3339)
        member("end", end.rfc3339)
        member("as_of", now.rfc3339)
        member("spent_usd", forecast.spent.usd)
        member("forecast_usd", forecast.total.usd)
        member("low_usd", forecast.low.usd)
        member("high_usd", forecast.high.usd)
        key("confidence")
        raw("0.8")
        member("method", "run_rate")
        key("days")
        beginArray()
        for (number, amount) in forecast.days.enumerated() {
            beginObject()
            member("day", CivilDate(daysSince1970: day.daysSince1970 + Int64(number)).text)
            member("cost_usd", amount.usd)
            endObject()
        }
        endArray()
        endObject()
    }

    mutating func write(unitEconomics cube: LedgerCube, by axis: ReportAxis, limit: Int, quantity: MeasuredQuantity?) {
        let sums = cube.totals(by: \.row)
        var other = sums[cube.rows.count]
        for row in cube.rows.indices.dropFirst(limit) {
            var sum = other ?? .zero
            sum += sums[row] ?? .zero
            other = sum
        }
        beginObject()
        key("rows")
        beginArray()
        if !axis.axis.groupings.isEmpty {
            for (number, name) in cube.rows.map(axis.texts).prefix(limit).enumerated() {
                beginObject()
                key("key")
                optional(name.first ?? nil)
                unitMembers(sums[number] ?? .zero, quantity)
                endObject()
            }
        }
        endArray()
        key("other")
        if let other, !axis.axis.groupings.isEmpty {
            beginObject()
            unitMembers(other, quantity)
            endObject()
        } else {
            null()
        }
        key("total")
        beginObject()
        unitMembers(cube.total, quantity)
        endObject()
        valueMembers(cube, axis, sums)
        endObject()
    }

    /// How many values there are and what one costs; null when there are more than can be counted.
    private mutating func valueMembers(_ cube: LedgerCube, _ axis: ReportAxis, _ sums: [Int: LedgerTotals]) {
        let isKnown = !axis.axis.groupings.isEmpty && sums[cube.rows.count] == nil
        var values = 0
        var cost = MoneySum.zero
        for (number, name) in cube.rows.map(axis.texts).enumerated() where name.first.flatMap(\.self) != nil {
            values += 1
            cost += sums[number]?.cost ?? .zero
        }
        key("values")
        if isKnown { raw(String(values)) } else { null() }
        key("usd_per_value")
        optional(isKnown ? UnitCost.perValue(cost, values: values)?.usd : nil)
    }

    private mutating func unitMembers(_ totals: LedgerTotals, _ quantity: MeasuredQuantity?) {
        members(totals)
        key("usd_per_1000_tokens")
        optional(UnitCost.perThousandTokens(totals)?.usd)
        key("usd_per_event")
        optional(UnitCost.perEvent(totals)?.usd)
        guard let quantity else { return }
        key("quantity")
        beginObject()
        member("name", quantity.name)
        key("amount")
        raw(DecimalText.formatShortest(totals.quantityMillionths, scale: 6))
        key("usd_per_unit")
        optional(UnitCost.perUnit(totals)?.usd)
        endObject()
    }
}
