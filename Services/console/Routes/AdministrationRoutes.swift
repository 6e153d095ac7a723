package import Access
package import Directory
package import Hummingbird
package import Ledger
package import Postgres
package import ServiceRuntime

/// The routes by which Oliver is administered.
package struct AdministrationRoutes: Sendable {
    private let workspaces: WorkspaceRoutes
    private let units: [UnitRoutes]
    private let memberships: MembershipRoutes
    private let keys: KeyRoutes
    private let audit: AuditRoutes
    private let erasure: ErasureRoute
    private let people: PeopleRoutes

    /// Makes the routes over a pool whose database has ``Directory/migrations``.
    ///
    /// - Parameters:
    ///   - authenticator: Finds out who asks.
    ///   - pool: The database.
    ///   - ledger: What users are erased from.
    ///   - revocations: Hears of revoked keys.
    ///   - refresh: Brings this replica's copy of the directory up to date after a change.
    ///   - clock: What time it is.
    package init(
        authenticator: Authenticator,
        pool: PostgresPool,
        ledger: PostgresLedgerStore,
        revocations: any RevocationFeed,
        refresh: @escaping @Sendable () async -> Void,
        clock: any WallClock
    ) {
        let directory = PostgresDirectoryStore(pool: pool)
        let organisation = PostgresOrganisationStore(pool: pool)
        workspaces = WorkspaceRoutes(
            authenticator: authenticator,
            store: directory,
            refresh: refresh,
            clock: clock
        )
        units = UnitKind.allCases.map {
            UnitRoutes($0, authenticator: authenticator, store: organisation, clock: clock)
        }
        memberships = MembershipRoutes(authenticator: authenticator, store: organisation, clock: clock)
        keys = KeyRoutes(
            authenticator: authenticator,
            store: directory,
            administration: KeyAdministration(store: directory, revocations: revocations, clock: clock),
            refresh: refresh,
            clock: clock
        )
        erasure = ErasureRoute(
            authenticator: authenticator,
            eraser: UserEraser(pool: pool, ledger: ledger),
            clock: clock
        )
        audit = AuditRoutes(authenticator: authenticator, log: AuditLog(pool: pool))
        people = PeopleRoutes(
            authenticator: authenticator,
            store: PostgresAccountStore(pool: pool),
            organisation: organisation,
            clock: clock
        )
    }

    /// Adds the routes.
    package func add(to router: Router<OliverRequestContext>) {
        workspaces.add(to: router)
        for routes in units { routes.add(to: router) }
        memberships.add(to: router)
        keys.add(to: router)
        audit.add(to: router)
        erasure.add(to: router)
        people.add(to: router)
    }
}
