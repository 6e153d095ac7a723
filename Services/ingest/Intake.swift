internal import Domain
internal import ServiceRuntime
internal import Streams
internal import Wire

/// The items of one request on their way to the stream: which are claimed, which are refused before.
struct Intake {
    /// What became of an item.
    enum Outcome {
        case accepted
        case duplicate
        case rejected(Problem)
    }

    /// One item of the request, in its order.
    struct Item {
        /// The client's id or the minted one; empty when the item could not be read.
        var eventID: String
        var isMinted: Bool
        /// `nil` until its claim is decided.
        var outcome: Outcome?
    }

    private(set) var items: [Item] = []
    /// The claims of the items without an outcome, in their order.
    private(set) var claims: [Claim] = []

    /// Adds an item that will not be claimed.
    mutating func reject(eventID: String = "", _ problem: Problem) {
        items.append(Item(eventID: eventID, isMinted: false, outcome: .rejected(problem)))
    }

    /// Adds an item that will be claimed.
    mutating func add(
        _ event: ReportedEvent,
        _ acceptance: Acceptance,
        report: ReportUse?,
        in partition: Partition
    ) throws {
        let entry = try event.accepted(acceptance)
        claims.append(
            Claim(
                partition: partition,
                idHash: entry.idHash.bytes,
                digest: entry.digest.bytes,
                payload: entry.payload,
                hold: event.holdID.map { HoldUse(id: $0, workspace: acceptance.workspace) },
                report: report
            )
        )
        items.append(Item(eventID: acceptance.eventID, isMinted: acceptance.isMinted, outcome: nil))
    }

    /// Takes in what became of the claims.
    ///
    /// - Throws: A 503 problem when nothing at all could be decided, so that the client sends the whole request again.
    mutating func settle(_ outcomes: ArraySlice<ClaimOutcome>) throws(Problem) {
        var remaining = outcomes.makeIterator()
        var refusals = 0
        for index in items.indices where items[index].outcome == nil {
            guard let outcome = remaining.next() else { break }
            if case .refused(let refusal) = outcome {
                refusals += 1
                guard refusals < items.count else { throw Self.problem(of: refusal) }
            }
            items[index].outcome = Self.outcome(of: outcome)
        }
    }

    private static func outcome(of outcome: ClaimOutcome) -> Outcome {
        switch outcome {
        case .accepted: .accepted
        case .duplicate: .duplicate
        case .conflict: .rejected(.eventConflict)
        case .refused(let refusal): .rejected(problem(of: refusal))
        }
    }

    private static func problem(of refusal: ClaimRefusal) -> Problem {
        switch refusal.code {
        case .backlog:
            .unavailable(
                "Too many events wait to be priced. Send the same events again later.",
                retryAfter: .seconds(5)
            )
        case .outOfMemory:
            .unavailable("The queue is full. Send the same events again later.", retryAfter: Drain.longestWait)
        case .unavailable:
            .unavailable("The queue cannot be reached. Send the same events again.", retryAfter: .seconds(1))
        }
    }
}

extension Intake {
    /// The answer's body: counts, then a result for each item.
    func answer() -> JSONWriter {
        var counts = (accepted: 0, duplicates: 0, rejected: 0)
        for item in items {
            switch item.outcome {
            case .accepted: counts.accepted += 1
            case .duplicate: counts.duplicates += 1
            case .rejected, nil: counts.rejected += 1
            }
        }
        var writer = JSONWriter(reserving: 96 + items.count * 96)
        writer.beginObject()
        writer.member("accepted", counts.accepted)
        writer.member("duplicates", counts.duplicates)
        writer.member("rejected", counts.rejected)
        writer.key("items")
        writer.beginArray()
        for (index, item) in items.enumerated() { Self.write(item, at: index, to: &writer) }
        writer.endArray()
        writer.endObject()
        return writer
    }

    private static func write(_ item: Item, at index: Int, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("index", index)
        if !item.eventID.isEmpty { writer.member("event_id", item.eventID) }
        if item.isMinted {
            writer.key("minted")
            writer.bool(true)
        }
        writer.key("status")
        switch item.outcome {
        case .accepted: writer.string("accepted")
        case .duplicate: writer.string("duplicate")
        case .rejected(let problem):
            writer.string("rejected")
            writer.key("problem")
            problem.write(to: &writer)
        case nil:
            writer.string("rejected")
            writer.key("problem")
            Problem.internalError().write(to: &writer)
        }
        writer.endObject()
    }
}
