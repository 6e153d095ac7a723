/// The services that run as executables of their own.
enum ServiceName: String, CaseIterable, Sendable {
    case ingest, pricing, budget, analytics, alerts, console
}
