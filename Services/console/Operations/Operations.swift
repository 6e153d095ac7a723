internal import Backends
internal import Directory
internal import Hummingbird
internal import Redis
internal import ServiceRuntime
internal import Streams

/// What shows how Oliver itself fares: the look at the queue, and the routes about it.
struct Operations: Sendable {
    /// Each ten seconds; an hour is kept.
    let watch: LagWatch
    private let routes: OperationsRoutes
    private let deadLetters: DeadLetterRoutes

    init(_ backends: Backends, _ directory: DirectoryCache, _ context: BuildContext) {
        watch = backends.lagWatch(interval: .seconds(10), keeping: 360)
        routes = OperationsRoutes(
            authenticator: directory.authenticator,
            streams: backends.streams,
            watch: watch,
            heartbeats: Heartbeats(redis: backends.redis),
            postgres: backends.postgres,
            clock: context.clock
        )
        deadLetters = DeadLetterRoutes(
            authenticator: directory.authenticator,
            streams: backends.streams,
            postgres: backends.postgres,
            clock: context.clock
        )
    }

    /// Adds the routes.
    func add(to router: Router<OliverRequestContext>) {
        routes.add(to: router)
        deadLetters.add(to: router)
    }
}
