internal import Domain
internal import Ledger
internal import ServiceRuntime

/// How jobs, previews and what has no price look.
extension JSONWriter {
    mutating func write(_ job: LedgerJob) {
        let request = job.request
        beginObject()
        member("id", String(job.id))
        member("kind", request.kind.name)
        member("state", job.state.name)
        key("workspace")
        optional(request.workspace)
        member("from", request.query.from.rfc3339)
        member("to", request.query.to.rfc3339)
        key("filters")
        write(request.query.filters)
        member("reason", request.reason)
        member("author", request.author)
        member("key", request.key)
        write(job.progress)
        key("position")
        optional(job.cursor?.occurredAt.rfc3339)
        member("created_at", job.createdAt.rfc3339)
        member("updated_at", job.updatedAt.rfc3339)
        key("finished_at")
        optional(job.finishedAt?.rfc3339)
        if let failure = job.failure { member("failure", failure) }
        if let reverses = request.reverses { member("reverses", String(reverses)) }
        if let reversedBy = job.reversedBy { member("reversed_by", String(reversedBy)) }
        endObject()
    }

    private mutating func write(_ filters: [LedgerFilter]) {
        beginObject()
        for filter in filters {
            key(filter.dimension.name)
            beginArray()
            for value in filter.values { string(value) }
            endArray()
        }
        endObject()
    }

    private mutating func write(_ progress: LedgerJobProgress) {
        key("progress")
        beginObject()
        member("read", progress.read)
        member("changed", progress.changed)
        member("cost_before_usd", progress.costBefore.usd)
        member("cost_after_usd", progress.costAfter.usd)
        member("unpriced_before", progress.unpricedBefore)
        member("unpriced_after", progress.unpricedAfter)
        endObject()
    }

    mutating func write(_ preview: RepricePreview, isComplete: Bool) {
        beginObject()
        key("applied")
        bool(false)
        key("complete")
        bool(isComplete)
        write(preview.total)
        key("rows")
        beginArray()
        for row in preview.rows {
            beginObject()
            key("team")
            optional(row.key.team)
            member("model", row.key.model)
            write(row.sums)
            endObject()
        }
        endArray()
        if preview.isCut {
            key("rows_incomplete")
            bool(true)
        }
        endObject()
    }

    private mutating func write(_ sums: RepricePreview.Sums) {
        member("events", sums.events)
        member("changed", sums.changed)
        member("cost_before_usd", sums.before.usd)
        member("cost_after_usd", sums.after.usd)
        member("difference_usd", (sums.after - sums.before).usd)
        member("unpriced_before", sums.unpricedBefore)
        member("unpriced_after", sums.unpricedAfter)
    }

    mutating func write(_ group: UnpricedGroup) {
        beginObject()
        member("provider", group.model.provider)
        member("model", group.model.model)
        key("quantity")
        optional(group.quantity)
        key("reason")
        optional(group.reason?.name)
        member("events", group.events)
        member("first_seen", group.firstSeen.rfc3339)
        member("last_seen", group.lastSeen.rfc3339)
        endObject()
    }
}
