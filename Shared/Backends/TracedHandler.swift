internal import Domain
internal import Logging
internal import Streams
internal import Wire

/// Tells of entries that belong to a trace what became of them, so that a trace is found again in every stage's log.
///
/// It reads them a second time, and does so at level `debug` only.
struct TracedHandler: BatchHandler {
    let handler: any BatchHandler
    let group: ConsumerGroup
    let logger: Logger

    func handle(_ batch: [Delivery]) async throws -> BatchOutcome {
        let outcome = try await handler.handle(batch)
        guard logger.logLevel <= .debug else { return outcome }
        for (index, delivery) in batch.enumerated() {
            guard let (trace, event) = Self.read(delivery) else { continue }
            var metadata: Logger.Metadata = [
                "trace_id": "\(trace.traceID)", "stream.group": "\(group.rawValue)", "entry": "\(delivery.id)",
                "workspace": "\(event.identity.workspace)", "event_id": "\(event.eventID)",
            ]
            if let reason = outcome.poison[index] { metadata["poison"] = "\(reason)" }
            logger.debug("handled", metadata: metadata)
        }
        return outcome
    }

    private static func read(_ delivery: Delivery) -> (TraceParent, UsageEvent)? {
        switch delivery.stream {
        case .raw:
            guard let entry = try? RawEntry(delivery.payload), let trace = entry.traceParent else { return nil }
            return (trace, entry.event)
        case .priced:
            guard let entry = try? PricedEntry(delivery.payload), let trace = entry.traceParent else { return nil }
            return (trace, entry.priced.event)
        case .notices: return nil
        }
    }
}
