package import Hummingbird
package import ServiceLifecycle

/// What a service's builder returns: everything that a process needs to run it beside others.
package struct ServiceParts: Sendable {
    /// The service's name, as in logs and metrics.
    package var name: String
    /// Background services, dependencies first.
    ///
    /// They start in this order and stop in reverse; the HTTP server starts after all of them and stops before.
    package var services: [any Service]
    /// What must hold for `/readyz` to answer 200.
    package var readiness: [ReadinessCheck]
    /// Adds the service's routes to the process' router.
    package var routes: @Sendable (Router<OliverRequestContext>) -> Void

    package init(
        name: String,
        services: [any Service] = [],
        readiness: [ReadinessCheck] = [],
        routes: @escaping @Sendable (Router<OliverRequestContext>) -> Void = { _ in }
    ) {
        self.name = name
        self.services = services
        self.readiness = readiness
        self.routes = routes
    }
}

/// Whether something is ready to work.
package enum Readiness: Sendable, Equatable {
    case ready
    /// Not ready, with the reason for the operator. It is shown to anyone who asks `/readyz`: no secrets.
    case notReady(String)
}

/// One named condition of `/readyz`.
package struct ReadinessCheck: Sendable {
    package let name: String
    /// Finds out; must return within a second or two, the caller gives up after that.
    package let check: @Sendable () async -> Readiness

    package init(_ name: String, check: @escaping @Sendable () async -> Readiness) {
        self.name = name
        self.check = check
    }
}
